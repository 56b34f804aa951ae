// Asks a model, and the next one when it fails in a way another may not; remembers who should rest for a while.
import { Fault } from '../lib/fault.ts'
import type { Usage } from '../domain/turn.ts'
import { backoff } from '../lib/retry.ts'
import type {
  FailureClass,
  ModelMessage,
  ModelRequest,
  ProviderContext,
  ThinkingLevel,
  ToolSpec,
} from '../define/provider.ts'
import { reserve, type Reservation, type Spender } from './budget.ts'
import type { AskEvent } from './loop.ts'
import { shorten } from './prompt/history.ts'
import { untilAbort } from './race.ts'
import type { Candidate, RestRule } from './settings.ts'
import type { World } from './world.ts'

/** What a turn asks, apart from the messages. */
export interface Question {
  readonly candidates: readonly Candidate[]
  readonly system: string
  /** The tools of a model. */
  tools(model: string): readonly ToolSpec[]
  readonly thinking: ThinkingLevel
  readonly session: string
  /** Who pays for it. */
  readonly spender: Spender
  readonly maxTokens?: number
  readonly toolChoice?: ModelRequest['toolChoice']
}

/** Which models rest until when (ms), by endpoint, login, model and kind of failure. */
export interface Cooldowns {
  resting(c: Candidate, now: number): boolean
  failed(c: Candidate, kind: FailureClass, now: number, retryAfterMs?: number): void
  succeeded(c: Candidate): void
}

/** Cooldowns kept in memory; a bad request (`format`, `overflow`) never causes one. */
export function cooldowns(ruleOf: (provider: string) => RestRule): Cooldowns {
  const rests = new Map<string, { until: number; count: number; at: number }>()
  const kinds: Partial<Record<FailureClass, { firstMs: number; factor: number; maxMs: number; jitter: number }>> = {
    rate_limit: { firstMs: 60_000, factor: 5, maxMs: 3_600_000, jitter: 0 },
    auth: { firstMs: 60_000, factor: 5, maxMs: 3_600_000, jitter: 0 },
    timeout: { firstMs: 60_000, factor: 5, maxMs: 3_600_000, jitter: 0 },
    billing: { firstMs: 0, factor: 2, maxMs: 0, jitter: 0 }, // as the config says
  }
  const id = (c: Candidate, kind: FailureClass) =>
    `${c.endpoint.id} ${c.endpoint.login ?? ''} ${kind === 'auth' || kind === 'billing' ? '*' : c.info.id} ${kind}`
  return {
    resting: (c, now) =>
      (Object.keys(kinds) as FailureClass[]).some((kind) => (rests.get(id(c, kind))?.until ?? 0) > now),
    failed(c, kind, now, retryAfterMs) {
      const usual = kinds[kind]
      if (!usual) return
      const { billingMs, billingMaxMs, forgetMs } = ruleOf(c.endpoint.id)
      const rule = kind === 'billing' ? { ...usual, firstMs: billingMs, maxMs: billingMaxMs } : usual
      const before = rests.get(id(c, kind))
      const count = before && now - before.at < forgetMs ? before.count + 1 : 1
      rests.set(id(c, kind), { count, at: now, until: now + (retryAfterMs ?? backoff(count - 1, rule)) })
    },
    succeeded(c) {
      for (const kind of Object.keys(kinds) as FailureClass[]) rests.delete(id(c, kind))
    },
  }
}

const classOf = (fault: Fault): FailureClass => {
  const details = fault.more.details
  const kind = typeof details === 'object' && details !== null && 'class' in details ? String(details.class) : 'unknown'
  return kind as FailureClass
}

/** The HTTP status a failed call was answered with, when it was answered. */
function statusOf(fault: Fault): number | undefined {
  const { details } = fault.more
  const found = typeof details === 'object' && details !== null && 'status' in details ? details.status : undefined
  return typeof found === 'number' ? found : undefined
}

/** Characters of a tool's parameters, about. */
const toolChars = 600

/** Quick second tries at one model when it is merely busy. */
const retries = 2

/**
 * Asks the candidates in turn until one answers; the last event is always `end`. A model that rests is skipped while
 * another is left. A prompt that is too long is tried once more with its tool results cut.
 */
export async function* ask(
  world: World,
  rest: Cooldowns,
  q: Question,
  messages: readonly ModelMessage[],
  signal: AbortSignal,
): AsyncGenerator<AskEvent & { readonly model?: string }> {
  const { clock } = world
  const awake = q.candidates.filter((c) => !rest.resting(c, clock.now()))
  const order = awake.length ? awake : q.candidates.slice(0, 1)
  const failures: string[] = []
  let last: (AskEvent & { type: 'end'; model?: string }) | undefined
  for (const candidate of order) {
    let shown = messages
    for (let attempt = 0; ; attempt++) {
      let said = false
      let held: Reservation
      try {
        held = await reserve(world, q.spender, {
          candidate,
          system: q.system,
          messages: shown,
          tools: q.tools(candidate.ref).reduce((sum, t) => sum + t.description.length + toolChars, 0),
          maxTokens: q.maxTokens ?? candidate.params?.maxTokens,
        })
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'LIMITED') throw error
        last = { type: 'end', stop: 'error', parts: [], usage: none, error, model: candidate.ref }
        failures.push(`${candidate.ref}: ${error.message}`)
        break
      }
      let end: (AskEvent & { type: 'end' }) | undefined
      try {
        for await (const event of untilAbort(
          candidate.provider.stream(request(q, candidate, shown), candidate.endpoint, context(world, signal)),
          signal,
        )) {
          if (event.type === 'end') end = event
          else {
            said = true
            yield event
          }
        }
      } finally {
        held.settle(end?.usage ?? none, said || (end?.parts.length ?? 0) > 0)
      }
      end ??= {
        type: 'end',
        stop: 'error',
        parts: [],
        usage: none,
        error: new Fault('UNAVAILABLE', 'the model broke off its answer'),
      }
      last = { ...end, model: candidate.ref }
      if (!end.error) {
        rest.succeeded(candidate)
        yield last
        return
      }
      signal.throwIfAborted()
      if (said) yield { type: 'restart' }
      const kind = classOf(end.error)
      if (kind === 'overflow' && attempt === 0) {
        shown = shorten(messages, 8000)
        continue
      }
      const soon =
        end.error.more.retryAfterMs ??
        backoff(attempt, { firstMs: 500, factor: 4, maxMs: 8000, jitter: 0.2 }, Math.random())
      if (end.error.retryable && kind !== 'rate_limit' && attempt < retries && soon <= 8000) {
        await clock.sleep(soon, signal)
        continue
      }
      // A request that was not accepted says something of the request, whatever its words: nobody rests for it.
      if (statusOf(end.error) !== 400) rest.failed(candidate, kind, clock.now(), end.error.more.retryAfterMs)
      const login = candidate.endpoint.login
      failures.push(`${candidate.ref}${login === undefined ? '' : ` (${login})`}: ${end.error.message}`)
      break
    }
  }
  const error = last?.error as Fault
  const all =
    failures.length > 1 ? new Fault(error.code, `every model failed: ${failures.join('; ')}`, error.more) : error
  yield { ...(last as AskEvent & { type: 'end' }), error: all }
}

const none: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

function request(q: Question, c: Candidate, messages: readonly ModelMessage[]): ModelRequest {
  return {
    model: c.info,
    system: q.system,
    messages,
    tools: q.tools(c.ref),
    thinking: c.info.reasoning ? q.thinking : 'off',
    session: q.session,
    ...c.params,
    ...(q.maxTokens === undefined ? {} : { maxTokens: q.maxTokens }),
    ...(q.toolChoice === undefined ? {} : { toolChoice: q.toolChoice }),
  }
}

function context({ clock, outside, settings }: World, signal: AbortSignal): ProviderContext {
  return {
    clock,
    signal,
    fetch: outside.fetch,
    picture: (ref) => outside.pictures.stored(ref, settings.pictures().side),
    programs: { spawn: outside.spawn, env: outside.childEnv, temporaryFile: outside.temporaryFile },
  }
}
