// Slack's markup as the plain text a person saw: mentions by name, links with their address, entities resolved.
import type { Person } from '../../domain/message.ts'

/** What is known of people and chats, asked for before. */
export interface Names {
  user(id: string): Person | undefined
  chat(id: string): { readonly name?: string } | undefined
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' }

/** The name a person is called by here. */
export const nameOf = (person: Person | undefined): string | undefined => person?.name ?? person?.handle

const resolve = (text: string) => text.replace(/&(amp|lt|gt);/g, (_, name: string) => entities[name] ?? _)

/** What `<!…>` stands for: everybody, a group of people, a date. */
function special(body: string, label: string | undefined): string {
  const [kind = ''] = body.split('^')
  if (kind === 'here' || kind === 'channel' || kind === 'everyone') return `@${kind}`
  if (kind === 'subteam') return label ? `@${label.replace(/^@/, '')}` : `@${body.split('^')[1] ?? 'group'}`
  return label ?? kind
}

function link(href: string, label: string | undefined): string {
  const plain = href.replace(/^(mailto|tel):/, '')
  if (label === undefined || label === href || label === plain) return plain
  return href === `http://${label}` || href === `https://${label}` ? href : `${label} (${plain})`
}

/** A text of Slack as plain text. */
export function toText(text: string, names: Names): string {
  const shown = text.replace(/<([^<>]+)>/g, (_, inner: string) => {
    const bar = inner.indexOf('|')
    const body = bar < 0 ? inner : inner.slice(0, bar)
    const label = bar < 0 || bar === inner.length - 1 ? undefined : inner.slice(bar + 1)
    if (/^@[UW]/.test(body)) return `@${nameOf(names.user(body.slice(1))) ?? label ?? body.slice(1)}`
    if (/^#[CG]/.test(body)) return `#${names.chat(body.slice(1))?.name ?? label ?? body.slice(1)}`
    return body.startsWith('!') ? special(body.slice(1), label) : link(body, label)
  })
  return resolve(shown)
}

/** The ids of people and channels a text mentions. */
export function mentionsIn(text: string): { readonly users: readonly string[]; readonly chats: readonly string[] } {
  const ids = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((m) => m[1] ?? ''))]
  return { users: ids(/<@([UW][A-Z0-9]+)/g), chats: ids(/<#([CG][A-Z0-9]+)/g) }
}
