// Those who called us by a slash command: their answers go through the address Slack gave for them, seen by them alone.
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Web } from './api.ts'
import { brokenFault, statusFault } from './faults.ts'

/** Slack takes answers for half an hour, and five of them: https://docs.slack.dev/interactivity/handling-user-interaction. */
const lifeMs = 1_800_000
const maxAnswers = 5
const maxKept = 500

interface Caller {
  readonly url: string
  readonly until: number
  left: number
}

/** The callers of an account. */
export interface Callers {
  note(message: string, url: string): void
  /** Whether answers are for the caller alone. */
  readonly alone: boolean
  /** Answers; false when Slack no longer takes answers to it. Throws a Fault when it may be tried again. */
  answer(message: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<boolean>
}

const refused = z.looseObject({ error: z.string() })

/** Remembers who called. Addresses that are not Slack's are not remembered. */
export function callers(web: Web, clock: Clock, responseType: 'ephemeral' | 'in_channel'): Callers {
  const all = new Map<string, Caller>()
  const find = (message: string) => {
    const found = all.get(message)
    return found && found.left > 0 && found.until > clock.now() ? found : undefined
  }
  return {
    note(message, url) {
      if (!web.isSlack(url)) return
      all.set(message, { url, until: clock.now() + lifeMs, left: maxAnswers })
      const oldest = all.size > maxKept ? all.keys().next().value : undefined
      if (oldest !== undefined) all.delete(oldest)
    },
    alone: responseType === 'ephemeral',
    async answer(message, body, signal) {
      const caller = find(message)
      if (!caller) return false
      if (signal.aborted) throw new Fault('UNAVAILABLE', 'the answer was not sent: the gateway is stopping')
      const request = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ response_type: responseType, replace_original: false, ...body }),
        redirect: 'error' as const,
        signal,
      }
      let response: Response
      try {
        response = await web.fetch(caller.url, request)
      } catch (error) {
        throw brokenFault('the answer to a slash command', error)
      }
      const text = await response.text().catch(() => '')
      if (response.ok && text.trim() === 'ok') {
        caller.left--
        return true
      }
      if (response.ok && !text.trim()) return true
      if (response.status === 429 || response.status >= 500)
        throw statusFault('the answer to a slash command', response.status)
      const said = refused.safeParse(
        await Promise.resolve(text)
          .then(JSON.parse)
          .catch(() => undefined),
      ).data?.error
      if (response.status === 404 || /used_url|expired_url|expired_trigger/.test(said ?? text)) {
        all.delete(message)
        return false
      }
      throw new Fault('INVALID_REQUEST', `Slack refused the answer to a slash command (${response.status})`)
    },
  }
}
