// Server-sent events: a stream that can be written to before anybody reads.

/** A stream of events. Writing after its end, or after its reader left, does nothing. */
export interface Sse {
  /** Sends data, as JSON unless it is text, under an event's name when there is one. */
  send(data: unknown, event?: string): void
  close(): void
  readonly response: Response
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
}

/** Opens a stream; `left` is called when its reader goes away before its end. */
export function sse(left: () => void): Sse {
  const encoder = new TextEncoder()
  let out: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      out = controller
    },
    cancel() {
      out = undefined
      left()
    },
  })
  return {
    send(data, event) {
      const text = typeof data === 'string' ? data : JSON.stringify(data)
      out?.enqueue(encoder.encode(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`))
    },
    close() {
      out?.close()
      out = undefined
    },
    response: new Response(body, { headers }),
  }
}
