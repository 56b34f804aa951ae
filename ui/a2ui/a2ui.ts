// The page that shows A2UI: takes messages from the app around it, draws them, and tells the app what a person did.
import { Data, type Types } from '@a2ui/lit/v0_8'
import { Context } from '@a2ui/lit/ui'
import { ContextProvider } from '@lit/context'
import { Marked } from 'marked'
import { systemClock } from '../../src/lib/clock.ts'
import { host, toApp } from './host.ts'
import { theme } from './theme.ts'

const processor = Data.createSignalA2uiMessageProcessor()
const place = document.querySelector('main') as HTMLElement

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Markdown without markup of its own, and with links that lead nowhere else than the web. */
const marked = new Marked({
  renderer: {
    html: ({ text }) => escaped(text),
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens)
      return /^(https?|mailto):/i.test(href)
        ? `<a href="${escaped(href)}" rel="noreferrer" target="_blank">${text}</a>`
        : text
    },
    image: ({ text }) => escaped(text),
  },
})

const look = new ContextProvider(place, { context: Context.theme, initialValue: theme })
const words = new ContextProvider(place, {
  context: Context.markdown,
  initialValue: (text: string) => Promise.resolve(marked.parse(text, { async: false })),
})

for (const provider of [look, words]) provider.hostConnected()

/** Draws the surfaces there are; what is drawn updates itself. */
function draw() {
  const known = new Map([...place.querySelectorAll('a2ui-surface')].map((e) => [e.surfaceId, e]))
  const surfaces = processor.getSurfaces()
  for (const [id, element] of known) if (id === null || !surfaces.has(id)) element.remove()
  for (const [id, surface] of surfaces) {
    const element = known.get(id) ?? document.createElement('a2ui-surface')
    element.surfaceId = id
    element.processor = processor
    element.surface = { ...surface }
    if (!known.has(id)) place.append(element)
  }
  place.toggleAttribute('data-empty', surfaces.size === 0)
}

place.addEventListener('a2uiaction', (e) => {
  const { action, sourceComponentId, sourceComponent, dataContextPath } = e.detail
  const surfaceId = (
    e.composedPath().find((x) => (x as HTMLElement).localName === 'a2ui-surface') as { surfaceId?: string } | undefined
  )?.surfaceId
  const context = Object.fromEntries(
    (action.context ?? []).map(({ key, value }) => {
      const said = value.literalString ?? value.literalNumber ?? value.literalBoolean
      const path = value.path === undefined ? undefined : processor.resolvePath(value.path, dataContextPath)
      return [
        key,
        said ?? (path === undefined || !sourceComponent ? null : processor.getData(sourceComponent, path, surfaceId)),
      ]
    }),
  )
  toApp({
    userAction: {
      id: crypto.randomUUID?.() ?? String(Math.random()),
      name: action.name,
      surfaceId: surfaceId ?? 'main',
      sourceComponentId,
      timestamp: new Date(systemClock.now()).toISOString(),
      context,
    },
  })
})

host({
  apply(messages) {
    processor.processMessages(messages as Types.ServerToClientMessage[])
    draw()
    return { ok: true, surfaces: [...processor.getSurfaces().keys()] }
  },
  reset() {
    processor.clearSurfaces()
    draw()
    return { ok: true }
  },
  surfaces: () => [...processor.getSurfaces().keys()],
})

draw()
