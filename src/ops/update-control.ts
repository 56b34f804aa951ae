// What operations may ask of whoever replaces the program.

/** Newer programs. */
export interface UpdateControl {
  /**
   * Puts the newest program in place of this one; after `delayMs` another process starts the gateway with it, watches it,
   * and takes it back when it fails. `after` is undefined when there is none. Throws UNAVAILABLE without a source.
   */
  run(how: { readonly delayMs: number; readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<{
    readonly after: string | undefined
    readonly steps: readonly { readonly name: string; readonly durationMs: number }[]
  }>
  /** Looks for a newer version now; a source that is not there, or does not answer, is no news. */
  look(): Promise<void>
  /** The newest version as it was last looked for; undefined when this is it, or nobody looked. */
  latest(): string | undefined
  /** The channel releases are taken of. */
  channel(): string
}
