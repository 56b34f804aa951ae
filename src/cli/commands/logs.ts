// The gateway's log: through the gateway, or straight from the file when it is down.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { logLevels, type LogLevel } from '../../lib/log.ts'
import type { GatewayClient } from '../../client/client.ts'
import type { Tail } from '../../os/log-tail.ts'
import { isDown } from '../connect.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import type { Paint } from '../print.ts'

interface Query {
  readonly cursor?: number
  readonly limit: number
  readonly maxBytes: number
}

/** Reads the end of a log file, or what came after a cursor, in whole lines. Throws NOT_FOUND without a file. */
export async function readLog(file: string, q: Query): Promise<Tail> {
  const handle = await open(file).catch((error: unknown) => {
    throw new Fault('NOT_FOUND', `there is no log yet: ${file}`, { cause: error })
  })
  try {
    const { size } = await handle.stat()
    const reset = q.cursor !== undefined && q.cursor > size
    const from = reset ? 0 : (q.cursor ?? 0)
    const start = Math.max(from, size - q.maxBytes)
    const bytes = Buffer.alloc(size - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    const last = bytes.lastIndexOf(10, bytesRead - 1)
    const cut = start > from ? bytes.indexOf(10) + 1 : 0
    const all = last < cut ? [] : bytes.toString('utf8', cut, last).split('\n')
    const lines = all.slice(-q.limit).filter(Boolean)
    return { file, cursor: start + last + 1, size, lines, truncated: start > from || lines.length < all.length, reset }
  } finally {
    await handle.close()
  }
}

/** A line of the log, as far as it can be read. `level` is ours, `time` ISO 8601. */
export interface LogLine {
  readonly time: string
  readonly level: LogLevel
  readonly subsystem: string
  readonly message: string
  readonly raw: string
}

const textOf = (x: unknown): string => (typeof x === 'string' ? x : x === undefined ? '' : JSON.stringify(x))

/** A log line taken apart; undefined when it is not one of ours. */
export function parseLogLine(raw: string): LogLine | undefined {
  let o: Record<string, unknown>
  try {
    const value: unknown = JSON.parse(raw)
    if (typeof value !== 'object' || value === null) return undefined
    o = value as Record<string, unknown>
  } catch {
    return undefined // a line of some other program: shown as it is
  }
  const word = textOf(o['level']).toLowerCase()
  const level = word === 'warning' ? 'warn' : logLevels.find((l) => l === word)
  if (!level) return undefined
  const logger = o['subsystem'] ?? o['logger'] ?? o['category']
  const subsystem = (Array.isArray(logger) ? logger.join('.') : textOf(logger)).replace(/^oclaw\./, '')
  return {
    time: textOf(o['time'] ?? o['@timestamp'] ?? o['ts']),
    level,
    subsystem,
    message: textOf(o['message'] ?? o['msg'] ?? o['0']),
    raw,
  }
}

const inks: Partial<Record<LogLevel, keyof Paint>> = {
  error: 'red',
  fatal: 'red',
  warn: 'yellow',
  debug: 'dim',
  trace: 'dim',
}

/** A line as a person reads it. */
function human(line: LogLine, ink: Paint, local: boolean): string {
  const paint = inks[line.level]
  const at = new Date(line.time)
  const time = local && !Number.isNaN(at.getTime()) ? at.toLocaleString('sv-SE') : line.time
  return `${ink.dim(time)} ${paint ? ink[paint](line.level) : line.level} [${line.subsystem}] ${line.message}`
}

/** Reads pages through the gateway while it is there, and from the file when it is not. */
async function pages(run: Run): Promise<{ read(q: Query): Promise<Tail>; close(): void }> {
  const file = join(run.paths.logsDir, 'gateway.log')
  let client: GatewayClient | undefined
  try {
    client = await run.connect()
  } catch (error) {
    if (!isDown(error) || run.globals.url !== undefined) throw error
    run.ctx.stderr(`The gateway is not running; this is ${file}\n`)
  }
  return {
    async read(q) {
      if (!client) return readLog(file, q)
      try {
        return (await client.call('logs.tail', q)) as Tail
      } catch (error) {
        if (!isDown(error)) throw error
        client = undefined
        return readLog(file, q)
      }
    },
    close: () => client?.close(),
  }
}

const logsCommand = defineCommand({
  path: 'logs',
  summary: 'Shows the newest lines of the gateway’s log.',
  short: { follow: 'f', tail: 'n' },
  flags: z.strictObject({
    follow: z.boolean().default(false).describe('go on with what comes'),
    tail: z.number().int().min(1).max(5000).optional().describe('how many lines; the same as --limit'),
    limit: z.number().int().min(1).max(5000).default(200).describe('how many lines'),
    level: z.enum(logLevels).optional().describe('only lines at least this bad'),
    maxBytes: z.number().int().min(1).max(1_000_000).default(250_000).describe('at most this much of the file'),
    interval: z.number().int().min(50).default(1000).describe('how often to look, in ms'),
    localTime: z.boolean().default(false).describe('times of this machine’s zone instead of UTC'),
    plain: z.boolean().default(false).describe('without colours'),
  }),
  examples: ['logs --follow', 'logs --tail 100', 'logs --level error'],
  async run(p, run) {
    const { ctx, globals, paint } = run
    const none = (text: string) => text
    const ink = p.plain ? { bold: none, dim: none, red: none, green: none, yellow: none } : paint
    const least = p.level === undefined ? -1 : logLevels.indexOf(p.level)
    const say = (o: Record<string, unknown>) => ctx.stdout(`${JSON.stringify(o)}\n`)
    const tell = (raw: string) => {
      const line = parseLogLine(raw)
      if (line && logLevels.indexOf(line.level) < least) return
      if (!line && least >= 0) return
      if (globals.json) say(line ? { type: 'log', ...line } : { type: 'raw', raw })
      else ctx.stdout(`${line ? human(line, ink, p.localTime) : raw}\n`)
    }
    const source = await pages(run)
    const limit = p.tail ?? p.limit
    try {
      // With a level, more is read than shown, so that the newest of that level are found.
      const page = await source.read({ limit: least >= 0 ? 5000 : limit, maxBytes: p.maxBytes })
      if (globals.json) say({ type: 'meta', file: page.file, cursor: page.cursor, size: page.size })
      const fit = page.lines.filter(
        (raw) => least < 0 || logLevels.indexOf(parseLogLine(raw)?.level ?? 'trace') >= least,
      )
      for (const raw of fit.slice(-limit)) tell(raw)
      let { cursor } = page
      while (p.follow) {
        await ctx.clock.sleep(p.interval, ctx.signal)
        const next = await source.read({ cursor, limit: 5000, maxBytes: p.maxBytes })
        if (next.reset) ctx.stderr('The log has begun anew.\n')
        for (const raw of next.lines) tell(raw)
        cursor = next.cursor
      }
      return 0
    } finally {
      source.close()
    }
  },
})

export const commands: readonly Command[] = [logsCommand]
