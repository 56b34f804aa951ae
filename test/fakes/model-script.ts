// What a fake model server is told to answer, and how it puts that on the wire as server-sent events.

/** One answer of a fake model. A plain text is `{ text }`. */
export interface Script {
  readonly text?: string
  readonly thinking?: string
  /** Thinking the server hides; it comes back as it is. */
  readonly redacted?: string
  readonly calls?: readonly { readonly id?: string; readonly name: string; readonly input: unknown }[]
  readonly stop?: 'length' | 'refusal'
  readonly usage?: { readonly input?: number; readonly output?: number; readonly cacheRead?: number }
  /** Answers with this HTTP status instead. */
  readonly status?: number
  readonly error?: string
  readonly retryAfter?: string
  /** Milliseconds before the first event. */
  readonly delayMs?: number
  /** Milliseconds between one twenty of events and the next. */
  readonly everyMs?: number
  /** Events after which the connection breaks, falls silent or turns to rubbish. */
  readonly cutAfter?: number
  readonly hangAfter?: number
  readonly garbageAfter?: number
  /** So many words of text, for measuring. */
  readonly tokens?: number
}

/** Decides what to answer to a request body, given how many came before. */
export type Reply = (body: Record<string, unknown>, nth: number) => Script | string

/** A running fake. Requests are kept as they came. */
export interface FakeModel extends AsyncDisposable {
  readonly url: string
  readonly requests: { readonly path: string; readonly headers: Headers; readonly body: Record<string, unknown> }[]
  /** Streams whose reader went away before their end. */
  readonly dropped: { count: number }
  /** Every refusal of a malformed request, in words. */
  readonly refused: string[]
}

/** One event of a stream: its name (absent for plain data) and its JSON. */
export type Sse = readonly [event: string | undefined, data: unknown]

const encode = ([event, data]: Sse): string =>
  `${event ? `event: ${event}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

/** The pieces a text is streamed in. */
export const deltas = (text: string): string[] => text.match(/[\s\S]{1,12}/g) ?? []

/** The text of a script, `tokens` words when it says so. */
export const scriptText = (s: Script): string => (s.tokens ? 'word '.repeat(s.tokens) : (s.text ?? ''))

/** Wraps a body in a reply, a plain text in a script. */
export const toScript = (said: Script | string): Script => (typeof said === 'string' ? { text: said } : said)

/** The response that streams `events` as the script says: at once when it can, else piece by piece. */
export function streamed(events: readonly Sse[], script: Script, dropped: { count: number }): Response {
  const headers = { 'content-type': 'text/event-stream' }
  const limit = script.cutAfter ?? script.hangAfter ?? script.garbageAfter
  if (limit === undefined && !script.delayMs && !script.everyMs)
    return new Response(events.map(encode).join(''), { headers })
  let closed = false
  const body = new ReadableStream<string>({
    async start(out) {
      if (script.delayMs) await Bun.sleep(script.delayMs)
      if (closed) return
      for (const [i, event] of events.slice(0, limit).entries()) {
        if (script.everyMs && i % 20 === 19) await Bun.sleep(script.everyMs)
        if (closed) return
        out.enqueue(encode(event))
      }
      if (limit === undefined) return out.close()
      if (script.garbageAfter !== undefined) {
        out.enqueue('event: content_block_delta\ndata: {"type": <html>502\n\n')
        out.close()
      } else if (script.cutAfter !== undefined) out.error(new Error('cut'))
    },
    cancel() {
      closed = true
      dropped.count++
    },
  })
  return new Response(body.pipeThrough(new TextEncoderStream()), { headers })
}

/** A malformed request, as the real server would put it. */
export class Refused extends Error {}

/** Throws Refused with `message` when `claim` does not hold. */
export function demand(claim: unknown, message: string): asserts claim {
  if (!claim) throw new Refused(message)
}

/** The value as a record; refused when it is not one. */
export function record(value: unknown, where: string): Record<string, unknown> {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), `${where}: should be an object`)
  return value as Record<string, unknown>
}

/** The value as a list; refused when it is not one. */
export function list(value: unknown, where: string): unknown[] {
  demand(Array.isArray(value), `${where}: should be a list`)
  return value
}

/** Refuses fields the real server does not know. */
export function known(value: Record<string, unknown>, fields: readonly string[], where: string): void {
  for (const key of Object.keys(value)) demand(fields.includes(key), `${where}.${key}: extra inputs are not permitted`)
}
