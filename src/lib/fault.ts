// The closed table of what can go wrong in a way a caller can act on, and the one error class that carries it.

/** Every code, with its HTTP status and whether trying again may help. */
export const faultCodes = {
  INVALID_REQUEST: { http: 400, retryable: false },
  UNAUTHORIZED: { http: 401, retryable: false },
  NOT_PAIRED: { http: 401, retryable: false },
  FORBIDDEN: { http: 403, retryable: false },
  NOT_FOUND: { http: 404, retryable: false },
  CONFLICT: { http: 409, retryable: false },
  TOO_LARGE: { http: 413, retryable: false },
  LIMITED: { http: 429, retryable: true },
  CANCELLED: { http: 499, retryable: false },
  INTERNAL: { http: 500, retryable: false },
  UNAVAILABLE: { http: 503, retryable: true },
  TIMEOUT: { http: 504, retryable: true },
} as const

export type FaultCode = keyof typeof faultCodes

/** Extra facts about a fault: machine-readable details, when to retry (ms), the error behind it (for the log only). */
export interface FaultMore {
  readonly details?: unknown
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** What a caller is told about a fault. */
export interface ErrorShape {
  readonly code: FaultCode
  readonly message: string
  readonly details?: unknown
  readonly retryable?: boolean
  readonly retryAfterMs?: number
}

/** An expected failure: a code, and a sentence that says what was wrong, where, and what mends it. */
export class Fault extends Error {
  override name = 'Fault'

  constructor(
    readonly code: FaultCode,
    message: string,
    readonly more: FaultMore = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
  }

  get retryable(): boolean {
    return faultCodes[this.code].retryable
  }

  get http(): number {
    return faultCodes[this.code].http
  }
}

/** Any thrown value as a Fault: Faults stay, aborts become CANCELLED or their own reason, the rest is INTERNAL. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof Error && error.name === 'AbortError')
    return error.cause instanceof Fault ? error.cause : new Fault('CANCELLED', 'cancelled', { cause: error })
  return new Fault('INTERNAL', 'internal error; `oclaw logs --level error` shows the cause', { cause: error })
}

/** The shape of a fault for the wire; its cause stays behind. */
export function toErrorShape(error: unknown): ErrorShape {
  const fault = toFault(error)
  return {
    code: fault.code,
    message: fault.message,
    ...(fault.more.details === undefined ? {} : { details: fault.more.details }),
    ...(fault.retryable ? { retryable: true } : {}),
    ...(fault.more.retryAfterMs === undefined ? {} : { retryAfterMs: fault.more.retryAfterMs }),
  }
}

/** The text of any thrown value, its causes included, for a log line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` (${describeError(error.cause)})`
  return `${error.name === 'Error' || error.name === 'Fault' ? '' : `${error.name}: `}${error.message}${cause}`
}
