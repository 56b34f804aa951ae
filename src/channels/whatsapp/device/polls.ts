// Polls we opened: their secrets, without which votes cannot be read, as rows of the account's state.
import { createHash } from 'node:crypto'
import type { proto } from 'baileys'
import type { AccountState } from '../../../define/channel.ts'
import type { Poll } from '../../../domain/message.ts'
import type { Baileys } from './baileys.ts'
import type { Envelope, Me } from './inbound.ts'

const prefix = 'poll:'

/** Polls whose votes are still read. */
const most = 50

/** A poll of ours. */
export interface OurPoll {
  readonly poll: Pick<Poll, 'question' | 'options'>
  readonly secret: Uint8Array
  readonly at: number
}

interface Row {
  readonly question: string
  readonly options: readonly string[]
  readonly secret: string
  readonly at: number
}

/** Keeps a poll's secret, and lets the oldest go when there are many. */
export async function rememberPoll(state: AccountState, id: string, { poll, secret, at }: OurPoll): Promise<void> {
  const { question, options } = poll
  const row: Row = { question, options, secret: Buffer.from(secret).toString('base64'), at }
  const old = [...state.all(prefix)].sort(([, a], [, b]) => (JSON.parse(a) as Row).at - (JSON.parse(b) as Row).at)
  const surplus = old.slice(0, Math.max(0, old.length - most + 1)).map(([key]) => [key, undefined])
  await state.write({ ...Object.fromEntries(surplus), [`${prefix}${id}`]: JSON.stringify(row) })
}

const hashOf = (option: string) => createHash('sha256').update(option).digest('hex')

/** What a vote chose of a poll of ours; undefined when the poll is not ours or the vote cannot be read. */
export function readVote(
  baileys: Baileys,
  state: AccountState,
  e: Envelope,
  me: Me,
  opened: { readonly poll: proto.IMessageKey; readonly vote: proto.Message.IPollEncValue },
): { id: string; question: string; chosen: readonly string[] } | undefined {
  const id = opened.poll.id ?? ''
  const text = state.get(`${prefix}${id}`)
  if (text === undefined) return undefined
  const { question, options, secret } = JSON.parse(text) as Row
  const pollEncKey = Buffer.from(secret, 'base64')
  const names = (...ids: (string | undefined)[]) => ids.flatMap((jid) => (jid ? [baileys.jidNormalizedUser(jid)] : []))
  const voters = e.author ? names(e.author, e.authorAlt) : names(e.chat, e.chatAlt)
  // Each app signs with the ids it knows us by, so that all pairs are tried.
  for (const pollCreatorJid of names(me.lid, me.jid))
    for (const voterJid of voters) {
      try {
        const about = { pollCreatorJid, voterJid, pollMsgId: id, pollEncKey }
        const { selectedOptions } = baileys.decryptPollVote(opened.vote, about)
        const hashes = new Set((selectedOptions ?? []).map((hash) => Buffer.from(hash).toString('hex')))
        return { id, question, chosen: options.filter((option) => hashes.has(hashOf(option))) }
      } catch {
        continue // signed with other ids
      }
    }
  return undefined
}
