// Where the log goes: JSON lines in a file that is rotated, and plain lines on the terminal. Secrets are blotted out.
import { getRotatingFileSink } from '@logtape/file'
import { configure, withFilter, type LogRecord, type Sink } from '@logtape/logtape'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LogLevel } from '../lib/log.ts'

/** Size at which the file is rotated, in bytes, and how many old ones are kept. */
const maxSize = 10_000_000
const maxFiles = 5

/** What the log is set up with. */
export interface LogRule {
  readonly file: string
  readonly level: LogLevel
  readonly consoleLevel: LogLevel
  readonly style: 'pretty' | 'compact' | 'json'
  /** More patterns to blot out, as regular expressions. */
  readonly patterns: readonly string[]
}

/** Secrets by their look: assignments, bearer headers, and the prefixes of well-known keys. */
const secrets: readonly RegExp[] = [
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}/g,
  /\b(?:ghp|gho|ghs)_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/g,
  /\bAIza[0-9A-Za-z_-]{30,}|\bgsk_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{20,}|\bpplx-[A-Za-z0-9]{20,}/g,
  /\b\d{6,12}:[A-Za-z0-9_-]{30,}/g,
  /(?<=\bBearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=\b[A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|API_?KEY)["']?\s*[=:]\s*["']?)[^\s"',;]{6,}/gi,
]

/** A text without what looks like a secret: the first six and last four characters of long ones stay. */
export function blot(text: string, more: readonly RegExp[] = []): string {
  return [...secrets, ...more].reduce(
    (t, pattern) => t.replace(pattern, (s) => (s.length >= 18 ? `${s.slice(0, 6)}…${s.slice(-4)}` : '***')),
    text,
  )
}

const levels = ['trace', 'debug', 'info', 'warning', 'error', 'fatal']
const shown = (level: string) => (level === 'warning' ? 'warn' : level)

/** A record as the line that both log viewers read. */
function jsonLine(r: LogRecord, more: readonly RegExp[]): string {
  const level = shown(r.level).toUpperCase()
  const subsystem = r.category.slice(1).join('/')
  const line = {
    time: new Date(r.timestamp).toISOString(),
    level,
    subsystem,
    _meta: { logLevelName: level, name: JSON.stringify({ subsystem }) },
    '0': r.message.join(''),
    ...(Object.keys(r.properties).length ? { '1': r.properties } : {}),
  }
  return `${blot(JSON.stringify(line), more)}\n`
}

/** A record as a person reads it. */
function plainLine(r: LogRecord, more: readonly RegExp[]): string {
  const facts = Object.entries(r.properties).map(([k, v]) => `${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`)
  const text = [
    new Date(r.timestamp).toISOString(),
    shown(r.level).padEnd(5),
    `[${r.category.slice(1).join('/')}]`,
    r.message.join(''),
    ...facts,
  ].join(' ')
  return `${blot(text, more)}\n`
}

const terminal =
  (style: LogRule['style'], more: readonly RegExp[]): Sink =>
  (r) =>
    void process.stderr.write(style === 'json' ? jsonLine(r, more) : plainLine(r, more))

const atLeast = (level: LogLevel) => (r: LogRecord) =>
  level !== 'silent' && levels.indexOf(r.level) >= levels.indexOf(level === 'warn' ? 'warning' : level)

/** Patterns of the config that are regular expressions; others are left out. */
const compiled = (patterns: readonly string[]): RegExp[] =>
  patterns.flatMap((p) => {
    try {
      return [new RegExp(p, 'g')]
    } catch {
      return []
    }
  })

/** Sets the log up, or anew. A file that cannot be written leaves the terminal only. */
export async function openLog(rule: LogRule): Promise<void> {
  const more = compiled(rule.patterns)
  const sinks: Record<string, Sink> = { terminal: terminal(rule.style, more) }
  try {
    mkdirSync(dirname(rule.file), { recursive: true, mode: 0o700 })
    sinks['file'] = getRotatingFileSink(rule.file, {
      maxSize,
      maxFiles,
      bufferSize: 0,
      formatter: (r) => jsonLine(r, more),
    })
  } catch (error) {
    process.stderr.write(
      `The log file ${rule.file} cannot be written (${String(error)}); logging to the terminal only.\n`,
    )
  }
  const filtered = {
    terminal: withFilter(sinks['terminal'] as Sink, atLeast(rule.consoleLevel)),
    ...(sinks['file'] ? { file: withFilter(sinks['file'], atLeast(rule.level)) } : {}),
  }
  await configure<string, string>({
    reset: true,
    sinks: filtered,
    loggers: [
      { category: ['oclaw'], lowestLevel: 'trace', sinks: Object.keys(filtered) },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['terminal'] },
    ],
  })
}
