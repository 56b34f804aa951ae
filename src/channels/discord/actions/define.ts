// The shape of an action of Discord and what all actions share: how servers, channels and answers are named.
import { z } from 'zod'
import type { ChannelAction } from '../../../define/channel.ts'
import type { MediaStore } from '../../../define/tool.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { target, type ActionGate, type DiscordAccount } from '../account.ts'
import type { Rest } from '../api.ts'
import type { Gateway } from '../gateway.ts'
import type { Me } from '../inbound.ts'
import type { Known } from '../known.ts'

/** What actions work with. */
export interface Acting {
  readonly account: DiscordAccount
  readonly rest: Rest
  readonly known: Known
  readonly media: MediaStore
  readonly gateway: Gateway
  readonly me: Me
  readonly clock: Clock
}

/** An action with the gate of `account.actions` that opens it. */
export interface Gated {
  readonly gate: ActionGate
  readonly action: ChannelAction
}

/** An action whose parameters are known where it is written. */
export const gated = <P extends z.ZodObject>(
  gate: ActionGate,
  action: {
    readonly summary: string
    readonly changes: boolean
    readonly params: P
    run(params: z.output<P>, signal: AbortSignal): Promise<unknown>
  },
): Gated => ({ gate, action })

const digits = /^\d{5,20}$/

/** An id of Discord's. */
export const id = () => z.string().regex(digits, 'ids are numbers such as 123456789012345678')

/** A channel or thread: `channel:<id>` or the id alone. */
export const channelId = () =>
  z.string().transform((text, ctx) => {
    const found = digits.test(text.trim()) ? text.trim() : target(text)?.chat
    if (found !== undefined && digits.test(found)) return found
    ctx.issues.push({ code: 'custom', message: `"${text}" names no channel; write channel:<id>`, input: text })
    return z.NEVER
  })

/** A server; the only one the bot is in when absent. */
export const guildId = () => id().optional().describe('the server; the only one when absent')

/** Why something is done, for the server's audit log. */
export const reason = () => z.string().max(400).optional().describe('told in the audit log')

/** The server that is meant. Throws INVALID_REQUEST when there is more than one to choose from. */
export async function serverOf(a: Acting, given: string | undefined, signal: AbortSignal): Promise<string> {
  if (given !== undefined) return given
  const answer = z.array(z.looseObject({ id: z.string(), name: z.string().optional() }))
  const all = await a.rest.ask(answer, { method: 'GET', path: '/users/@me/guilds', signal })
  const [one, ...more] = all
  if (one && !more.length) return one.id
  const names = all.map((g) => `${g.name ?? 'server'} (${g.id})`).join(', ')
  throw new Fault('INVALID_REQUEST', one ? `name one server with guildId: ${names}` : 'the bot is in no server')
}

/** What Discord answers, as it is. */
export const anything = z.unknown()

/** Some fields of an answer; those Discord leaves out are left out. */
export const pick = <K extends string>(value: unknown, ...keys: K[]): Partial<Record<K, unknown>> =>
  Object.fromEntries(
    Object.entries(z.looseObject({}).parse(value ?? {})).filter(([key]) => (keys as string[]).includes(key)),
  ) as Partial<Record<K, unknown>>
