// What drives a browser: the settings it works by, and the calls it answers.

/** A browser of its own: a folder of user data, a port, a colour. */
export interface BrowserProfile {
  readonly name: string
  /** Port of its debugger; 0 lets the system choose one. */
  readonly cdpPort: number
  /** Address of a browser that somebody else runs. */
  readonly cdpUrl?: string
  /** `#rrggbb`. */
  readonly color: string
  /** Whether it would be driven through an extension of a browser somebody uses. */
  readonly extension: boolean
}

/** Which addresses pages may come from. Host names may begin with `*.`. */
export interface BrowserPolicy {
  readonly allowPrivate: boolean
  /** Fine even where private networks are not. */
  readonly always: readonly string[]
  /** When not empty, nothing else is fine. */
  readonly only: readonly string[]
}

/** How browsers are found, started and limited. Times in ms. */
export interface BrowserSettings {
  readonly profiles: readonly BrowserProfile[]
  readonly defaultProfile: string
  readonly executablePath?: string
  readonly headless: boolean
  readonly noSandbox: boolean
  readonly attachOnly: boolean
  readonly evaluate: boolean
  readonly remoteTimeoutMs: number
  readonly remoteHandshakeTimeoutMs: number
  /** Snapshots are short unless something else is asked for. */
  readonly efficient: boolean
  readonly policy: BrowserPolicy
}

/** One call of a control route, such as `POST /navigate`. */
export interface BrowserCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
}

/** The control of all browsers. */
export interface BrowserControl {
  /** Answers a route. Throws NOT_FOUND for an unknown one, UNAVAILABLE while browsers are switched off, and the route's own Faults. */
  call(call: BrowserCall): Promise<unknown>
}
