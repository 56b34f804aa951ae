// Files the agent sends: of its workspace, of the internet, and of its own making, through a whole gateway to Telegram.
import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { noise } from '../os/noise.ts'
import { gateway } from '../server/gateway.ts'

/** A gateway whose model calls `message` with the JSON it is told, and says `got: <result>` after it. */
async function stage(workspace: string) {
  const tg = await fakeTelegram()
  const model = fakeOpenai({
    reply(body) {
      const last = (body['messages'] as { role: string; content: unknown }[]).at(-1)
      if (last?.role === 'tool') return { text: `got: ${String(last.content)}` }
      const input = /\{.*\}$/s.exec(lastUserText(body))?.[0]
      return input ? { calls: [{ name: 'message', input: JSON.parse(input) as object }] } : { text: 'ok' }
    },
  })
  const telegram = { botToken: tg.token, apiRoot: tg.url, dmPolicy: 'open', allowFrom: ['*'], streamMode: 'off' }
  const g = await gateway({
    model,
    more: {
      channels: { telegram },
      agents: { defaults: { model: { primary: 'fake/gpt-x' }, workspace } },
      tools: { profile: 'full' },
    },
  })
  await tg.until('a poll', () => tg.polled)
  return {
    tg,
    async use(input: object): Promise<string> {
      const before = tg.sent.length
      tg.user('ann').says(JSON.stringify({ action: 'send', ...input }))
      await tg.until('the end', () => tg.sent.slice(before).some((s) => s.text.startsWith('got: ')))
      return tg.sent.slice(before).find((s) => s.text.startsWith('got: '))?.text ?? ''
    },
    async [Symbol.asyncDispose]() {
      await g[Symbol.asyncDispose]()
      await tg[Symbol.asyncDispose]()
    },
  }
}

test('files of the workspace, bytes with a name, sound as a voice message; pictures made smaller; nothing from outside the workspace', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'oclaw-files-'))
  try {
    mkdirSync(join(workspace, 'out'))
    writeFileSync(join(workspace, 'out', 'notes.txt'), 'a few notes')
    writeFileSync(join(workspace, 'large.png'), await new Bun.Image(noise(1400)).png().bytes())
    writeFileSync(join(workspace, 'long.mp3'), new Uint8Array(17_000_000))
    await using s = await stage(workspace)
    expect(await s.use({ media: 'out/notes.txt', message: 'here' })).toContain('messageId')
    const content = Buffer.from('a,b\n1,2\n').toString('base64')
    expect(await s.use({ buffer: content, filename: 'table.csv' })).toContain('messageId')
    expect(await s.use({ buffer: content, filename: 'word.ogg', asVoice: true })).toContain('messageId')
    expect(await s.use({ media: '/etc/passwd' })).toMatch(/off limits|outside/)
    expect(await s.use({ media: 'http://127.0.0.1:9/x.png' })).not.toContain('messageId')
    expect(await s.use({ media: 'large.png' })).toContain('messageId')
    const picture = s.tg.sent.findLast((m) => m.file)
    expect([picture?.method, (picture?.file?.bytes ?? 0) < 3_750_000]).toEqual(['sendphoto', true])
    expect(await s.use({ media: 'long.mp3' })).toContain('long.mp3 has 17 MB; at most 16 MB are sent')
    const files = s.tg.sent.flatMap((m) => (m.file ? [[m.method, m.file.name, m.text]] : []))
    expect(files).toEqual([
      ['senddocument', 'notes.txt', 'here'],
      ['senddocument', 'table.csv', ''],
      ['sendvoice', 'word.ogg', ''],
      ['sendphoto', 'large.png', ''],
    ])
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
})
