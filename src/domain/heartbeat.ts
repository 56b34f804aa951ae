// An agent's regular turns, by which it looks after things when nobody writes: their rule, and the word for "all is well".
import type { Address } from './address.ts'

/** How an agent's regular turns are. Spans in ms. */
export interface HeartbeatRule {
  /** As the config writes it. */
  readonly every: string
  readonly everyMs: number
  /** Local hours, HH:MM; what is left out is the day's own end. */
  readonly hours?: { readonly start?: string | undefined; readonly end?: string | undefined; readonly timezone: string }
  readonly model?: string
  /** The key of their session. */
  readonly session: string
  /** `last`, `none` or a channel. */
  readonly target: string
  readonly to?: string
  readonly account?: string
  readonly prompt?: string
  /** Characters beside the word that still make no message. */
  readonly ackMaxChars: number
  /** Whether what the model thought is sent before what it says. */
  readonly reasoning?: boolean
  /** Whether nothing is said of a tool that failed. */
  readonly quietTools?: boolean
}

/** What came of a regular turn, as programs see it. Times in ms. */
export interface HeartbeatNews {
  readonly ts: number
  readonly status: 'sent' | 'ok-empty' | 'ok-token' | 'skipped' | 'failed'
  readonly agentId: string
  readonly reason?: string
  readonly preview?: string
  readonly durationMs?: number
  readonly hasMedia?: boolean
  readonly channel?: string
  readonly to?: string
  readonly accountId?: string
  readonly silent?: boolean
  readonly indicatorType?: 'ok' | 'alert' | 'error'
}

/** What a regular turn carries with it. */
export interface BeatMark {
  readonly target: string
  readonly ackMaxChars: number
  readonly reasoning?: boolean
  readonly quietTools?: boolean
  /** When the session was last used before it, in ms. */
  readonly usedAt?: number
}

/** What an agent says when nothing needs attention. */
export const ackWord = 'HEARTBEAT_OK'

/** What it is told unless the config says otherwise. */
export const usualPrompt = `This is a regular check; nobody has written. If there is a HEARTBEAT.md in your folder, read it and do what it asks. Do not take up old tasks from this conversation again. If nothing needs attention, answer ${ackWord} and nothing else.`

/** The beginning of the ids of their runs. */
export const beatPrefix = 'beat'

/** Whether a run is a regular turn. */
export const isBeat = (run: string): boolean => run.startsWith(`${beatPrefix}_`)

const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A span such as 30m, 1h30m or 45 (minutes), in ms; undefined when it is none. */
export function spanMs(text: string): number | undefined {
  const said = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(said)) return Number(said) * unit.m
  if (!/^(\d+(\.\d+)?\s*[smhd]\s*)+$/.test(said)) return undefined
  const pieces = [...said.matchAll(/(\d+(?:\.\d+)?)\s*([smhd])/g)]
  return pieces.reduce((sum, [, n, u]) => sum + Number(n) * unit[u as keyof typeof unit], 0)
}

const mark = '(?:[*_`~]|</?[a-z][^<>]*>)*'
const atStart = new RegExp(`^\\s*${mark}${ackWord}(?![A-Za-z0-9])${mark}[.!]*\\s*`, 'i')
const atEnd = new RegExp(`(?:^|\\s+|(?<=[>.!?]))${mark}(?<![A-Za-z0-9])${ackWord}${mark}[.!]*\\s*$`, 'i')

/** A text without the word at its edges, and whether it was there. */
export function withoutAck(text: string): { readonly had: boolean; readonly rest: string } {
  let rest = text
  for (let before = ''; before !== rest;) {
    before = rest
    rest = rest.replace(atStart, '').replace(atEnd, '')
  }
  return { had: rest !== text, rest: rest.trim() }
}

/** Whether a HEARTBEAT.md asks for nothing: it holds only comments, headings and empty list items. */
export function asksNothing(file: string): boolean {
  return file
    .replace(/<!--[\s\S]*?-->/g, '')
    .split('\n')
    .every((line) => /^\s*(#.*|[-*+]\s*(\[[ x]?\])?\s*)?$/i.test(line))
}

const minuteOf = (text: string | undefined, usual: number): number => {
  const m = /^(\d{1,2}):(\d{2})$/.exec(text?.trim() ?? '')
  const minutes = m ? Number(m[1]) * 60 + Number(m[2]) : usual
  return minutes <= 1440 ? minutes : usual
}

/** Whether a time (ms) is within local hours; a span that ends before it starts goes over midnight. */
export function withinHours(hours: HeartbeatRule['hours'], now: number): boolean {
  if (!hours) return true
  const local = new Date(now).toLocaleTimeString('en-GB', {
    timeZone: hours.timezone,
    hour: '2-digit',
    minute: '2-digit',
  })
  const at = minuteOf(local, 0)
  const start = minuteOf(hours.start, 0)
  const end = minuteOf(hours.end, 1440)
  return start <= end ? at >= start && at < end : at >= start || at < end
}

/** The chat that hears of what needs attention; undefined for none. `last` is where the agent was last spoken to. */
export function beatChat(rule: HeartbeatRule, last: Address | undefined): Address | undefined {
  if (rule.target === 'none') return undefined
  const channel = rule.target === 'last' ? last?.channel : rule.target
  if (channel === undefined) return undefined
  if (rule.to === undefined) return last?.channel === channel ? last : undefined
  const account = rule.account ?? (last?.channel === channel ? last.account : 'default')
  const bare = rule.to.startsWith(`${channel}:`) ? rule.to.slice(channel.length + 1) : rule.to
  return { channel, account, chat: bare }
}
