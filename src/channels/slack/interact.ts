// Slash commands and pressed buttons, as messages. Pure.
import type { NativeCommand } from '../../define/channel.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { placeOf, toMs, type Look, type Me } from './inbound.ts'
import type { SlackAction, SlackCommand } from './payload.ts'

/** Which slash commands are ours: one that takes any text, and our own commands by name when `native`. */
export interface CommandRule {
  readonly enabled: boolean
  readonly name: string
  readonly native: boolean
  /** Before the caller's id, the key of the session that hears what is said by the command and is no command of ours. */
  readonly sessionPrefix: string
  readonly commands: readonly NativeCommand[]
}

const unslashed = (text: string) => text.replace(/^\/+/, '').toLowerCase()

/** The command of ours a slash command means; some names are Slack's own, so ours may be written `/agent<name>`. */
function nativeFor(rule: CommandRule, name: string): NativeCommand | undefined {
  if (!rule.native) return undefined
  return rule.commands.find((c) => c.name === name) ?? rule.commands.find((c) => `agent${c.name}` === name)
}

/** What a slash command says to us; undefined when it is none of ours. */
function wordsOf(c: SlackCommand, rule: CommandRule): string | undefined {
  const name = unslashed(c.command)
  if (rule.enabled && name === unslashed(rule.name)) return c.text.trim() || '/help'
  const native = nativeFor(rule, name)
  return native ? `/${native.name} ${c.text}`.trim() : undefined
}

/** The id of a message whose answer is for its author alone; it names them, so that this is known after a restart too. */
const callerId = (user: string, rest: string) => `caller:${user}:${rest}`

/** The person who alone is to see the answer to a message; undefined for other messages. */
export const callerOf = (message: string | undefined): string | undefined =>
  /^caller:([UW][A-Z0-9]+):/.exec(message ?? '')?.[1]

/** The message of a slash command; undefined when it is none of ours. `now` (ms) is its time, since it carries none. */
export function fromCommand(
  c: SlackCommand,
  me: Me,
  look: Look,
  rule: CommandRule,
  now: number,
): InboundMessage | undefined {
  const text = wordsOf(c, rule)
  if (text === undefined) return undefined
  const channelType = c.channel_name === 'directmessage' ? 'im' : undefined
  const known = look.user(c.user_id)
  return {
    id: callerId(c.user_id, c.trigger_id),
    at: now,
    ...placeOf(me, look, { chat: c.channel_id, channel_type: channelType }),
    from: known ?? { id: c.user_id, ...(c.user_name ? { name: c.user_name, handle: c.user_name } : {}) },
    text,
    media: [],
    addressed: true,
    native: true,
    ...(text.startsWith('/') ? {} : { apart: `${rule.sessionPrefix}:${c.user_id}` }),
  }
}

/** The messages of pressed buttons and chosen entries: `/command` as it is, anything else as `callback_data: …`. */
export function fromActions(a: SlackAction, me: Me, look: Look, now: number): InboundMessage[] {
  const ts = a.container?.message_ts ?? a.message?.ts
  const thread = a.message?.thread_ts ?? a.container?.thread_ts
  const channelType = a.channel.name === 'directmessage' ? 'im' : undefined
  const { id, username, name } = a.user
  const alone = a.container?.is_ephemeral === true
  return a.actions.flatMap((one) => {
    const data = one.selected_option?.value ?? one.value
    if (!data) return []
    const press = `${one.action_ts ?? now}:${one.action_id}`
    return [
      {
        id: alone ? callerId(id, press) : `callback:${press}`,
        at: one.action_ts ? toMs(one.action_ts) : now,
        ...placeOf(me, look, { chat: a.channel.id, thread, channel_type: channelType }),
        from: look.user(id) ?? { id, ...(name ? { name } : {}), ...(username ? { handle: username } : {}) },
        text: data.startsWith('/') ? data : `callback_data: ${data}`,
        media: [],
        ...(ts ? { replyTo: { id: ts, byUs: true } } : {}),
        addressed: true,
        ...(alone ? { native: true } : {}),
      },
    ]
  })
}

/** What only the caller sees. */
export type Ephemeral = {
  readonly response_type: 'ephemeral'
  readonly text: string
  readonly blocks?: readonly object[]
}

/** A text only the caller sees. */
export const ephemeral = (text: string): Ephemeral => ({ response_type: 'ephemeral', text })

/** Buttons (up to five) or a list for the choices of a command that was given none; undefined when it needs none. */
export function menuFor(c: SlackCommand, rule: CommandRule): Ephemeral | undefined {
  const native = c.text.trim() ? undefined : nativeFor(rule, unslashed(c.command))
  const arg = native?.args?.[0]
  const choices = arg?.choices?.slice(0, 100) ?? []
  if (!native || !arg || !choices.length) return undefined
  const label = (text: string) => ({ type: 'plain_text', text: text.slice(0, 75) })
  const value = (choice: string) => `/${native.name} ${choice}`
  const elements =
    choices.length <= 5
      ? choices.map((text, i) => ({ type: 'button', action_id: `choice:${i}`, text: label(text), value: value(text) }))
      : [
          {
            type: 'static_select',
            action_id: 'choice',
            placeholder: label(arg.name),
            options: choices.map((text) => ({ text: label(text), value: value(text).slice(0, 150) })),
          },
        ]
  const text = `/${native.name}: ${arg.description}`
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', elements },
  ]
  return { ...ephemeral(text), blocks }
}
