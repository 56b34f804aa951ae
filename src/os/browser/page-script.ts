// Scripts run in pages: their source is text, and what they are given travels as JSON.
import type { CDPSession, ElementHandle, Frame } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import type { Clock } from '../../lib/clock.ts'
import { deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { clientOf } from './tab.ts'

/** What Chromium answers to a script. */
interface Outcome {
  readonly result: { readonly value?: unknown; readonly type?: string; readonly description?: string }
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } }
}

function valueOf(o: Outcome): unknown {
  if (!o.exceptionDetails) return o.result.value
  const said = o.exceptionDetails.exception?.description ?? o.exceptionDetails.text
  throw new Fault('INVALID_REQUEST', `the script failed in the page: ${said.split('\n').slice(0, 3).join(' ')}`)
}

/** Runs an expression in a frame; answers its value as JSON has it. Throws INVALID_REQUEST with what the page threw. */
export async function run(frame: Frame, expression: string): Promise<unknown> {
  const how = { awaitPromise: true, returnByValue: true, userGesture: true }
  if (frame.parentFrame() === null)
    return valueOf(await clientOf(frame).send('Runtime.evaluate', { expression, ...how }))
  const body = await frame.$('html')
  return body ? on(body, `function () { return (${expression}) }`) : undefined
}

/** Calls a function, given as source, on an element. Throws as `run`. */
export async function on(element: ElementHandle, source: string): Promise<unknown> {
  const { objectId } = element.remoteObject()
  if (objectId === undefined) throw new Fault('NOT_FOUND', 'the element is not in the page any more')
  const client: CDPSession = clientOf(element.frame)
  const how = { awaitPromise: true, returnByValue: true, userGesture: true }
  return valueOf(await client.send('Runtime.callFunctionOn', { objectId, functionDeclaration: source, ...how }))
}

/** A function written by others, or an expression, as a call; `arg` is what it is called with. */
export const called = (source: string, arg = ''): string =>
  `(() => { const it = (${source}\n); return typeof it === 'function' ? it(${arg}) : it })()`

/** Asks again every 100 ms until it is true. Throws TIMEOUT with what was waited for. */
export async function until(
  what: string,
  ask: () => Promise<unknown>,
  how: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const limit = deadline(
    how.clock,
    how.timeoutMs,
    new Fault('TIMEOUT', `waited ${how.timeoutMs} ms for ${what}`),
    how.signal,
  )
  try {
    for (;;) {
      limit.signal.throwIfAborted()
      if (await ask().catch(missing)) return
      await how.clock.sleep(100, limit.signal)
    }
  } finally {
    limit.done()
  }
}

/** A page that is on its way to another has nothing to say yet; a script that is wrong will not get better. */
function missing(error: unknown): false {
  if (error instanceof Fault && /SyntaxError/.test(error.message)) throw error
  return false
}
