// The tool for programs in the background: look at them, talk to them, end them.
import { z } from 'zod'
import { defineTool, type Background, type ToolContext, type ToolResult } from '../define/tool.ts'
import { Fault } from '../lib/fault.ts'

/** Characters of output shown at a time. */
const maxShown = 30_000
const usualLines = 200

const state = (p: Background) =>
  p.endedAt === undefined
    ? 'running'
    : p.timedOut
      ? 'timed out'
      : p.signal
        ? `ended by ${p.signal}`
        : `exit code ${p.code}`

const detailsOf = (p: Background): Record<string, unknown> => ({
  status: p.endedAt === undefined ? 'running' : p.code === 0 && !p.timedOut ? 'completed' : 'failed',
  sessionId: p.id,
  pid: p.pid,
  cwd: p.cwd,
  ...(p.endedAt === undefined ? {} : { exitCode: p.code, durationMs: p.endedAt - p.startedAt }),
})

/** The answer for a program that goes on by itself. */
export function leftRunning(p: Background, ctx: Pick<ToolContext, 'processes'>): ToolResult {
  ctx.processes?.keep(p.id)
  const tail = p.news().slice(-2000)
  return {
    ok: true,
    text: `[running in the background: session ${p.id}, pid ${p.pid}; look at it with process]${tail ? `\n${tail}` : ''}`,
    details: { ...detailsOf(p), tail },
  }
}

/** Keys by the names people know them by. */
const named: Readonly<Record<string, string>> = {
  enter: '\r',
  return: '\r',
  tab: '\t',
  space: ' ',
  escape: '\u001b',
  esc: '\u001b',
  backspace: '\u007f',
  bspace: '\u007f',
  delete: '\u001b[3~',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
}

/** What a terminal gets for a key such as `C-c`, `M-x`, `Enter`, or for plain text. */
export function keyBytes(key: string): string {
  const control = /^(?:c|ctrl|\^)[-+]?([a-z@[\\\]^_])$/i.exec(key)
  if (control && key.length > 1) return String.fromCharCode((control[1] as string).toUpperCase().charCodeAt(0) & 31)
  const meta = /^(?:m|alt)[-+](.+)$/i.exec(key)
  if (meta) return `\u001b${keyBytes(meta[1] as string)}`
  return named[key.toLowerCase()] ?? key
}

const actions = ['list', 'poll', 'log', 'write', 'send-keys', 'submit', 'paste', 'kill', 'clear', 'remove'] as const

function one(ctx: ToolContext, id: string | undefined): Background {
  const found = id === undefined ? undefined : ctx.processes?.get(id)
  if (found) return found
  const ids = ctx.processes?.list().map((p) => p.id) ?? []
  throw new Fault(
    'NOT_FOUND',
    `there is no program ${id ?? '(give sessionId)'}; there are: ${ids.join(', ') || 'none'}`,
  )
}

/** The words an action types into a program; empty for those that type none, and for keys alone. */
function inputOf(i: {
  action: string
  data?: string | undefined
  text?: string | undefined
  literal?: string | undefined
  hex?: readonly string[] | undefined
  keys?: readonly string[] | undefined
}): string {
  if (!['write', 'send-keys', 'submit', 'paste'].includes(i.action)) return ''
  const typed = (i.keys ?? []).filter((k) => keyBytes(k) === k).join('')
  return [i.literal ?? i.text ?? i.data ?? '', typed, (i.hex ?? []).join(' ')].filter(Boolean).join(' ')
}

/** What is new of a program, waited for when nothing is and it still runs. */
async function poll(p: Background, ms: number, ctx: ToolContext): Promise<ToolResult> {
  let text = p.news()
  if (!text && p.endedAt === undefined && ms > 0) {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, ctx.signal])
    await Promise.race([p.done, ctx.clock.sleep(ms, signal).catch(() => undefined)])
    over.abort(new Error('no longer waited for'))
    text = p.news()
  }
  return { ok: true, text: `${text.slice(-maxShown)}\n[${state(p)}]`.trimStart(), details: detailsOf(p) }
}

function log(p: Background, offset: number | undefined, limit: number): ToolResult {
  const lines = p.output().split('\n')
  const from = offset ?? Math.max(0, lines.length - limit)
  const shown = lines
    .slice(from, from + limit)
    .join('\n')
    .slice(-maxShown)
  const where = `[lines ${from + 1} to ${Math.min(from + limit, lines.length)} of ${lines.length}; ${state(p)}]`
  return { ok: true, text: `${shown}\n${where}`, details: { ...detailsOf(p), totalLines: lines.length } }
}

/** The tool `process`. */
export const processTool = defineTool({
  id: 'process',
  summary:
    'Looks at programs that exec left running: list, poll (news), log, write, send-keys, submit, paste, kill, remove.',
  risk: 'exec',
  timeoutMs: 150_000,
  params: z.strictObject({
    action: z.enum(actions).describe('what to do'),
    sessionId: z.string().optional().describe('which program, as exec or list named it'),
    data: z.string().optional().describe('write: what it reads'),
    text: z.string().optional().describe('paste, submit, send-keys: text'),
    keys: z.array(z.string()).optional().describe('send-keys: such as ["C-c", "Up", "Enter"]'),
    hex: z.array(z.string()).optional().describe('send-keys: bytes in hex'),
    literal: z.string().optional().describe('send-keys: text taken as it is'),
    bracketed: z.boolean().default(true).describe('paste: mark it as pasted'),
    eof: z.boolean().default(false).describe('write: no more input follows'),
    offset: z.number().int().min(0).optional().describe('log: first line, from 0; the last lines when absent'),
    limit: z.number().int().min(1).max(5000).default(usualLines).describe('log: lines'),
    timeout: z.number().int().min(0).max(120_000).default(0).describe('poll: ms to wait for news'),
  }),
  async run(input, ctx) {
    const { processes } = ctx
    if (!processes) return { ok: false, text: 'There are no programs in the background here.' }
    if (input.action === 'list') {
      const all = processes.list()
      const lines = all.map((p) => `${p.id}  ${state(p)}  ${p.command.slice(0, 120)}`)
      return { ok: true, text: lines.join('\n') || 'No programs.', details: { sessions: all.map(detailsOf) } }
    }
    const p = one(ctx, input.sessionId)
    const words = inputOf(input)
    // What is typed into a program may run anything: it is judged as a shell's own text would be.
    if (words && !(await ctx.ask({ command: `${p.command} ⟵ ${words}`, argv: ['/bin/sh', '-c', words], cwd: p.cwd })))
      return { ok: false, text: 'This input was not allowed; nothing was sent.', details: { status: 'denied' } }
    const done = (text: string): ToolResult => ({ ok: true, text, details: detailsOf(p) })
    switch (input.action) {
      case 'poll':
        return poll(p, input.timeout, ctx)
      case 'log':
        return log(p, input.offset, input.limit)
      case 'write':
        p.write(input.data ?? input.text ?? '', input.eof)
        return done(`written${input.eof ? '; its input is closed' : ''}`)
      case 'send-keys': {
        const bytes = Buffer.from((input.hex ?? []).join(''), 'hex').toString('latin1')
        const keys = (input.keys ?? []).map(keyBytes).join('')
        p.write(`${input.literal ?? input.text ?? ''}${keys}${bytes}`, false)
        return done('sent')
      }
      case 'submit':
        p.write(`${input.text ?? input.data ?? ''}${p.pty ? '\r' : '\n'}`, false)
        return done('submitted')
      case 'paste': {
        const text = input.text ?? input.data ?? ''
        p.write(p.pty && input.bracketed ? `\u001b[200~${text}\u001b[201~` : text, false)
        return done('pasted')
      }
      case 'kill':
        p.kill()
        await p.done
        return done(`ended (${state(p)})`)
      case 'clear':
      case 'remove':
        if (p.endedAt === undefined) p.kill()
        await p.done
        processes.forget(p.id)
        return done('removed')
    }
  },
})
