// The log as the rest of the program sees it. Sinks (file, terminal, ring) are set up once, in os/log-sinks.ts.
import { getLogger } from '@logtape/logtape'

/** Where a part of the program writes what happened. Messages are fixed sentences; facts go into `fields`. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  /** The same log with fields added to every line, for example `{channel, account}`. */
  with(fields: Record<string, unknown>): Log
}

/** The log of one subsystem, such as `gateway` or `channels/telegram`. */
export const logOf = (subsystem: string): Log => getLogger(['oclaw', subsystem])

/** Levels by severity, least first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]
