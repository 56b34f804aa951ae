// The bridge to the app around the page: `globalThis.openclawA2UI` takes messages, and what a person did goes out.

/** What the page offers. */
export interface A2uiPage {
  apply(messages: readonly unknown[]): unknown
  reset(): unknown
  surfaces(): readonly string[]
}

interface Handler {
  postMessage(message: unknown): void
}

interface Around {
  webkit?: { messageHandlers?: Record<string, Handler | undefined> }
  openclawCanvasA2UIAction?: Handler
  openclawA2UI?: unknown
}

const around = globalThis as unknown as Around

/** Puts the page where apps look for it. */
export function host(page: A2uiPage): void {
  around.openclawA2UI = {
    applyMessages: (messages: readonly unknown[]) => page.apply(messages),
    reset: () => page.reset(),
    getSurfaces: () => page.surfaces(),
  }
}

/** Tells the app what a person did: iOS and macOS by WebKit, Android by an interface it put here, others by an event. */
export function toApp(message: { readonly userAction: object }): void {
  const apple = around.webkit?.messageHandlers?.['openclawCanvasA2UIAction']
  if (apple) apple.postMessage(message)
  else if (around.openclawCanvasA2UIAction) around.openclawCanvasA2UIAction.postMessage(JSON.stringify(message))
  else dispatchEvent(new CustomEvent('a2uiaction-out', { detail: message }))
}
