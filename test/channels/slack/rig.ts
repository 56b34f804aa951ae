// A Slack on loopback and a connection to it, for the tests of this folder.
import type { MediaRef } from '../../../src/domain/media.ts'
import type { OutboundMessage } from '../../../src/domain/message.ts'
import { slack } from '../../../src/channels/slack/index.ts'
import { outbound, run, type Running } from '../../contract/running.ts'
import { fakeSlack } from '../../fakes/slack.ts'

export const never = new AbortController().signal

/** Connects an account to a Slack of its own; everything ends with `end`. */
export function rigs() {
  const open: AsyncDisposable[] = []
  const keep = <T extends AsyncDisposable>(one: T): T => {
    open.push(one)
    return one
  }
  return {
    async end() {
      for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
    },
    async bot(account: Readonly<Record<string, unknown>> = {}, kept: Parameters<typeof run>[2] = {}) {
      const it = keep(await fakeSlack())
      const ann = it.direct('ann')
      const general = it.open('channel', 'C0GENERAL1', 'general', [it.me.user, it.user('ann').id])
      const config = { botToken: it.tokens.bot, appToken: it.tokens.app, apiRoot: it.url, ...account }
      const going = keep(await run(slack, config, kept))
      const at = (chat: string, thread?: string) => ({
        channel: 'slack',
        account: 'default',
        chat,
        ...(thread === undefined ? {} : { thread }),
      })
      return {
        it,
        ann,
        general,
        going,
        config,
        at,
        /** Somebody writes in a chat, ann into her direct chat without a word on it. */
        says: (text: string, chat = ann, extra: Readonly<Record<string, unknown>> = {}) =>
          it.write(chat, it.user('ann').id, text, extra),
        say: (text: string, more: Partial<OutboundMessage> = {}, chat: { readonly id: string } = ann) =>
          going.connection.send(outbound(at(chat.id), text, more), never),
        texts: () => going.received.map((m) => m.text),
        /** Another connection of the same account, with what the first one stored. */
        again: async (seen?: Set<string>) =>
          keep(await run(slack, config, { state: going.state, ...(seen ? { seen } : {}) })),
      }
    },
  }
}

/** A stored file. */
export function file(going: Running, about: Omit<MediaRef, 'id' | 'bytes'>, bytes = 10): MediaRef {
  const id = `out-${going.files.size}`
  going.files.set(id, new Uint8Array(bytes))
  return { id, bytes, ...about }
}
