// The short lines a chat gets about the tools at work for it, when it wants them: in order, before the answer.
import * as kv from '../../store/kv.ts'
import { maySend } from './answering.ts'
import type { blocks } from './blocks.ts'
import type { LoopEvent } from '../loop.ts'
import type { preview } from './preview.ts'
import { say, speaker } from '../say.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Characters of what a tool was given, and of what it answered. */
const maxArg = 160
const maxOutput = 3000

const icons: Readonly<Record<string, string>> = {
  exec: '🛠️',
  process: '🧰',
  read: '📖',
  write: '✍️',
  edit: '📝',
  apply_patch: '🩹',
  search: '🔎',
  web_search: '🔎',
  web_fetch: '📄',
  browser: '🌐',
  canvas: '🖼️',
  nodes: '📱',
  cron: '⏰',
  message: '✉️',
  image: '🖼️',
  memory_search: '🧠',
  memory_get: '📓',
  session_status: '📊',
  sessions_list: '🗂️',
  sessions_history: '🧾',
  sessions_send: '📨',
  sessions_spawn: '🧑‍🔧',
  subagents: '🧑‍🔧',
  tts: '🔊',
}

/** What of a tool's input says best what it does. */
const telling = [
  'command',
  'argv',
  'path',
  'file_path',
  'query',
  'pattern',
  'url',
  'task',
  'action',
  'to',
  'sessionKey',
]

/** The line about a call: `🛠️ exec: ls -la`. */
export function callLine(tool: string, input: unknown): string {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const words = [...telling.map((name) => given[name]), ...Object.values(given)]
    .map((v) => (Array.isArray(v) ? v.filter((x) => typeof x === 'string').join(' ') : v))
    .find((v) => typeof v === 'string' && v.trim())
  const line = typeof words === 'string' ? words.replaceAll(/\s+/g, ' ').replaceAll('`', "'").trim() : ''
  const arg = line.length > maxArg ? `${line.slice(0, maxArg - 1)}…` : line
  return `${icons[tool] ?? '🧩'} ${tool}${arg ? `: \`${arg}\`` : ''}`
}

/** How much of its tools the readers of a turn want: what its message says, its session, its agent; in this order. */
export function verboseOf({ settings }: World, start: TurnStart): 'off' | 'on' | 'full' {
  const wish = saidOf(start) ?? settings.agent(start.session.agent)?.verbose
  return wish === 'on' || wish === 'full' ? wish : 'off'
}

const saidOf = ({ turn, session }: TurnStart) => (turn.options as TurnOptions).verbose ?? session.settings.verboseLevel

/** Whether the chat of a turn gets lines about its tools: where people speak, not for menus of commands; groups have to ask. */
function wanted(world: World, start: TurnStart): boolean {
  const asked = start.turn.cause.kind === 'message' || start.turn.cause.kind === 'call'
  if (start.kind !== 'direct' && saidOf(start) === undefined) return false
  return asked && !start.message?.native && verboseOf(world, start) !== 'off' && maySend(world, start)
}

/** Tells the chat of a turn that its history was condensed, where it wants such lines; resolves when that is durable. */
export async function tellCondensed(world: World, start: TurnStart): Promise<void> {
  const { to, turn } = start
  if (!to || !wanted(world, start)) return
  await world.db.write(() => void say(world, to, '🧹 Auto-compaction complete.', { turn: turn.id, silent: true }))
}

/** Says lines about the tools of one turn, each after the parts of the answer that came before it. */
export function bubbles(
  world: World,
  start: TurnStart,
  out: { readonly draft: ReturnType<typeof preview>; readonly parts: ReturnType<typeof blocks> },
) {
  const { to, turn, session } = start
  const on = wanted(world, start)
  const full = verboseOf(world, start) === 'full'

  /** The draft so far gives its place to the line, so that what follows stands below. */
  const put = (text: string) =>
    out.parts.after(async () => {
      const replaces = await out.draft.release()
      await world.db.write(() => {
        kv.remove(world.db, 'preview', turn.id)
        const about = { turn: turn.id, silent: true, ...speaker(world, session.agent) }
        say(world, to as NonNullable<typeof to>, text, { ...about, ...(replaces === undefined ? {} : { replaces }) })
      })
    })

  return {
    hear(event: LoopEvent) {
      if (!on) return
      if (event.type === 'tool') put(callLine(event.call.tool, event.call.input))
      if (event.type !== 'result' || !full) return
      const { tool, ok, text } = event.part
      const said = text.trim().replaceAll('```', "'''")
      const shown = said.length > maxOutput ? `${said.slice(0, maxOutput)}\n…` : said || '(nothing)'
      put(`${ok ? '↳' : '⚠️'} ${tool}\n\`\`\`\n${shown}\n\`\`\``)
    },
  }
}
