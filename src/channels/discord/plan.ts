// What to do after a connection to the gateway ended: a pure decision.
import { Fault } from '../../lib/fault.ts'
import { backoff, networkBackoff, type Backoff } from '../../lib/retry.ts'
import type { End } from './link.ts'

/** Waits while the gateway cannot be reached: short, so that we are back within 30 s of the network. */
export const reconnectWait: Backoff = { firstMs: 1000, factor: 1.8, maxMs: 10_000, jitter: 0.25 }

/** After so many refused attempts to resume a session we begin a new one. */
export const maxResumes = 3

/** A connection that lasted this long, in ms, shows that all is well. */
const steadyMs = 60_000

/** What failed in a row: attempts to resume, connections that did not last, sessions that did not. */
export interface Attempts {
  readonly resumes: number
  readonly failures: number
  readonly sessions: number
}

/** Nothing failed so far. */
export const fresh: Attempts = { resumes: 0, failures: 0, sessions: 0 }

/** What comes next: whether the session is kept, and how long to wait, in ms. */
export interface Next {
  readonly attempts: Attempts
  readonly resume: boolean
  readonly waitMs: number
}

/** Ends nothing but a change by a person mends: https://discord.com/developers/docs/topics/opcodes-and-status-codes */
const final: Readonly<Record<number, (intents: string) => Fault>> = {
  4004: () =>
    new Fault(
      'UNAUTHORIZED',
      'Discord does not know this bot token; reset it under Bot in the Developer Portal and ' +
        'run `oclaw config set channels.discord.token <token>`',
    ),
  4010: () => new Fault('INVALID_REQUEST', 'Discord refused the shard we named; this is a fault of ours'),
  4011: () =>
    new Fault(
      'INVALID_REQUEST',
      'this bot is in so many servers that Discord demands several connections (shards), which we do not have; ' +
        'take the bot out of servers, or make another one',
    ),
  4012: () => new Fault('INVALID_REQUEST', 'Discord no longer speaks version 10 of its gateway; update oclaw'),
  4013: () => new Fault('INVALID_REQUEST', 'Discord does not know the intents we named; this is a fault of ours'),
  4014: (intents) =>
    new Fault(
      'FORBIDDEN',
      `Discord does not let this bot have what we asked for: switch on ${intents} under Bot › Privileged Gateway ` +
        'Intents in the Developer Portal, then run `oclaw channels start discord`',
    ),
}

/** After these the session is gone. */
const sessionEnds = new Set([4003, 4007, 4009])

/** Why there is no use in connecting again; undefined when there is. `intents` names the switches we need. */
export const finalFault = (end: End, intents: string): Fault | undefined =>
  end.code === undefined ? undefined : final[end.code]?.(intents)

/** What comes after `end`; `resuming` tells whether the connection tried to resume, `random` in [0, 1) spreads waits. */
export function planNext(end: End, before: Attempts, resuming: boolean, random: number): Next {
  const steady = end.ready && end.readyMs >= steadyMs
  const refused = resuming && end.greeted && !end.ready
  const resumes = end.ready ? 0 : before.resumes + (refused ? 1 : 0)
  const resume = end.keep && !sessionEnds.has(end.code ?? 0) && resumes < maxResumes
  const failures = steady ? 0 : before.failures + 1
  const sessions = steady ? 0 : before.sessions + (end.greeted && !resuming ? 1 : 0)
  const soon = backoff(Math.max(0, failures - 1), reconnectWait, random)
  // Sessions are counted by the day, and one Discord took away is to be asked for again after one to five seconds.
  const later = Math.max(1000 + random * 4000, sessions > 1 ? backoff(sessions - 1, networkBackoff, random) : 0)
  return {
    attempts: { resumes: resume ? resumes : 0, failures, sessions },
    resume,
    waitMs: Math.round(resume || !end.greeted ? soon : later),
  }
}
