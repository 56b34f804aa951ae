// Files an answer names go along, are kept with it for people, and are shown to no model.
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chatMessages } from '../../src/ops/chat-message.ts'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { engineWorld } from './fixture.ts'

test('sent, kept and seen in the history, not by the model', async () => {
  await using w = engineWorld({
    script: (req) => (req.messages.length === 1 ? 'Here it is.\nMEDIA: cat.png' : 'Nothing more.'),
  })
  mkdirSync(w.workspace, { recursive: true })
  writeFileSync(join(w.workspace, 'cat.png'), Buffer.from('89504e470d0a1a0a', 'hex'))
  await w.receive('show me')
  await w.idle()
  expect(w.chat.sent[0]).toMatchObject({ text: 'Here it is.', media: [{ mime: 'image/png', name: 'cat.png' }] })
  const session = sessions.byKey(w.db, 'agent:main:main')
  const said = chatMessages(entries.latest(w.db, String(session?.id), 10)).find((m) => m.role === 'assistant')
  expect(said?.content).toEqual([
    { type: 'text', text: 'Here it is.' },
    expect.objectContaining({ type: 'image', mimeType: 'image/png' }),
  ])
  await w.receive('and more')
  await w.idle()
  const shown = w.requests.at(-1)?.messages.find((m) => m.role === 'assistant')
  expect(shown?.parts).toEqual([{ type: 'text', text: 'Here it is.\nMEDIA: cat.png' }])
})
