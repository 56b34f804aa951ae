// A log that can be read.
import type { Log } from '../../src/lib/log.ts'

/** A log that keeps its lines. */
export function keptLog(lines: string[]): Log {
  const line = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`)
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: () => log,
  }
  return log
}
