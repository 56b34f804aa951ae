// A session's history as one HTML page that needs nothing else.
import type { Session } from '../domain/session.ts'
import type { Entry, Part } from '../domain/turn.ts'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const block = (kind: string, text: string) => `<pre class="${kind}">${escaped(text)}</pre>`

function partOf(p: Part): string {
  switch (p.type) {
    case 'text':
      return block('text', p.text)
    case 'thinking':
      return block('thinking', p.text)
    case 'media':
      return block('media', `[${p.ref.name ?? p.ref.mime}, ${p.ref.bytes} bytes]`)
    case 'call':
      return block('call', `${p.tool} ${JSON.stringify(p.input, null, 1)}`)
    case 'result':
      return block(p.ok ? 'result' : 'result failed', p.text)
  }
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.3rem 0}.thinking,.call,.result,.media{font-size:.85em;opacity:.75}
.call,.result{font-family:ui-monospace,monospace}section{border-top:1px solid #8884;padding:.5rem 0}h2{font-size:.85em;margin:0;opacity:.7}`

/** The page; every word of it is shown as text and none as markup. `at` is when it is made, in ms. */
export function sessionPage(session: Session, list: readonly Entry[], at: number): string {
  const title = escaped(session.label ?? session.key)
  const sections = list.map(
    (e) =>
      `<section><h2>${escaped(e.role)} · ${new Date(e.at).toISOString()}</h2>${e.parts.map(partOf).join('')}</section>`,
  )
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${title}</title><style>${style}</style></head><body><h1>${title}</h1>`,
    `<p>${escaped(session.key)}, exported ${new Date(at).toISOString()}</p>`,
    ...sections,
    '</body></html>\n',
  ].join('\n')
}
