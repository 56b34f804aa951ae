// Keeps the promise of `Provider.stream`: whatever happens, deltas and then exactly one `end`; nothing is thrown.
import { Fault, toFault } from '../lib/fault.ts'
import type { Part, StopReason, Usage } from '../domain/turn.ts'
import { modelFault, type ModelFailure } from './model-failure.ts'
import { costOf, type Endpoint, type ModelEvent, type ModelRequest, type ProviderContext } from './provider.ts'

/** Puts an answer together from a protocol's own events. */
export interface AnswerReader<E> {
  /** Takes one event; answers what a listener may see of it. Throws on an event that makes no sense. */
  take(event: E): Extract<ModelEvent, { readonly delta: string }> | undefined
  /** What has come so far, in order; unfinished tool calls are left out. */
  parts(): Part[]
  usage(): Usage
  /** Why the model stopped; undefined until it has said so. */
  stop(): StopReason | undefined
}

/** One call of a model: how to open it, how to read it, how to understand its errors. */
export interface Asking<E> {
  readonly req: ModelRequest
  readonly endpoint: Endpoint
  readonly ctx: ProviderContext
  open(): Promise<AsyncIterable<E>>
  readonly reader: AnswerReader<E>
  /** What a thrown value says; undefined for one that is not the server's. */
  understand(error: unknown): ModelFailure | undefined
}

type Source = Pick<Asking<unknown>, 'endpoint' | 'ctx' | 'understand'>

const brokeOff = (ask: Source, message: string, cause?: unknown): Fault =>
  modelFault(ask.endpoint, { status: 500, code: '', message }, ask.ctx.clock.now(), cause)

/** The Fault of a thrown value; one that is neither ours nor the server's is a connection that broke. */
function faultOf(ask: Source, error: unknown): Fault {
  if (error instanceof Fault) return error
  const known = ask.understand(error)
  if (known) return modelFault(ask.endpoint, known, ask.ctx.clock.now(), error)
  if (error instanceof SyntaxError)
    return modelFault(ask.endpoint, { status: undefined, code: '', message: 'unreadable answer' }, 0, error)
  return brokeOff(ask, error instanceof Error ? error.message : String(error), error)
}

/** Streams one answer; ends within a moment of `ctx.signal`, even when the server keeps silent. */
export async function* answer<E>(ask: Asking<E>): AsyncIterable<ModelEvent> {
  const { signal } = ask.ctx
  const { reader } = ask
  const end = (stop: StopReason, error?: Fault): ModelEvent => ({
    type: 'end',
    stop,
    parts: reader.parts(),
    usage: costOf(reader.usage(), ask.req.model.price),
    ...(error ? { error } : {}),
  })
  const aborted = () => end('aborted', toFault(signal.reason instanceof Fault ? signal.reason : abortError(signal)))
  const stop = new AbortController()
  const gone = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(abortError(signal))
    signal.addEventListener('abort', () => reject(abortError(signal)), { once: true, signal: stop.signal })
  })
  gone.catch(() => undefined)
  let events: AsyncIterator<E> | undefined
  try {
    events = (await Promise.race([gone, ask.open()]))[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([gone, events.next()])
      if (next.done) break
      const seen = reader.take(next.value)
      if (seen) yield seen
    }
    if (signal.aborted) return yield aborted()
    const why = reader.stop()
    yield why ? end(why) : end('error', brokeOff(ask, 'the answer stopped in the middle'))
  } catch (error) {
    yield signal.aborted ? aborted() : end('error', faultOf(ask, error))
  } finally {
    stop.abort()
    void events?.return?.().then(undefined, () => undefined)
  }
}

const abortError = (signal: AbortSignal): Error =>
  Object.assign(new Error('the model call was cancelled', { cause: signal.reason }), { name: 'AbortError' })
