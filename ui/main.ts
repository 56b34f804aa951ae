// The Control UI's first page: says that the gateway is there and how to talk to it.

/** Makes an element with text or children. */
function make(tag: string, content: string | readonly Node[], className = ''): HTMLElement {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (typeof content === 'string') element.textContent = content
  else element.append(...content)
  return element
}

interface Health {
  readonly status: string
  readonly version: string
  readonly uptime: number
}

async function show(): Promise<void> {
  const app = document.getElementById('app')
  if (!app) return
  const answer = await fetch('health')
  const health = (await answer.json()) as Health
  const facts: readonly (readonly [string, string])[] = [
    ['Status', health.status],
    ['Version', health.version],
    ['Uptime', `${health.uptime} s`],
  ]
  app.replaceChildren(
    make('h1', 'oclaw'),
    make('p', 'The gateway is running.'),
    make(
      'dl',
      facts.flatMap(([name, value]) => [make('dt', name), make('dd', value)]),
    ),
    make('p', 'Talk to it from a terminal: oclaw agent -m "hello"'),
    make('p', 'Until a key is set, the built-in demo model answers; it says so in every answer.', 'demo'),
  )
}

show().catch((error: unknown) => {
  document.getElementById('app')?.replaceChildren(make('p', `The gateway does not answer: ${String(error)}`))
})
