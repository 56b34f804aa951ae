// Puts together what a person sent as one thing and Telegram delivers in parts: albums and long pasted texts. Pure.
import type { Inbound } from './inbound.ts'

/** How long to wait for further parts, in ms. */
const albumMs = 500
const pasteMs = 1500

/** Telegram cuts texts at 4096 units; a text this long may go on in the next message. */
const longText = 4000
const fullText = 4096
const maxParts = 12
const maxText = 50_000

/** What an update said. */
export interface Part {
  readonly update: number
  readonly inbound: Inbound
}

/** What may be handed over now, and what has to wait for more. */
export interface Plan {
  readonly ready: readonly { readonly updates: readonly number[]; readonly inbound: Inbound }[]
  /** Groups that may be unfinished: their key, and how many parts there are so far. */
  readonly held: ReadonlyMap<string, number>
  /** The first update that is held; undefined when none is. */
  readonly heldFrom: number | undefined
  /** How long to wait before asking again, in ms. */
  readonly waitMs: number
}

interface Group {
  readonly key: string | undefined
  readonly parts: Part[]
}

const placeOf = ({ message: m }: Inbound) => [m.to.chat, m.to.thread ?? '', m.from.id].join('/')
const isPaste = (i: Inbound) => !i.files.length && !i.message.text.startsWith('/')

/** Whether `next` goes on with the text that ends with `group`. */
function goesOn(group: Group, next: Inbound): boolean {
  const last = group.parts.at(-1)?.inbound
  if (!last || !group.key?.startsWith('paste:') || !isPaste(next)) return false
  const size = group.parts.reduce((sum, p) => sum + p.inbound.message.text.length, 0)
  return (
    last.message.text.length >= longText &&
    Number(next.message.id) === Number(last.message.id) + 1 &&
    next.message.at - last.message.at <= 2000 &&
    placeOf(next) === placeOf(last) &&
    group.parts.length < maxParts &&
    size + next.message.text.length <= maxText
  )
}

/** The parts in groups, in the order of their first parts. */
function group(parts: readonly Part[]): Group[] {
  const groups: Group[] = []
  const albums = new Map<string, Group>()
  const open = new Map<string, Group>()
  for (const part of [...parts].sort((a, b) => a.update - b.update)) {
    const { inbound } = part
    const place = placeOf(inbound)
    const album = inbound.album === undefined ? undefined : `album:${place}:${inbound.album}`
    const known = album ? albums.get(album) : open.get(place)
    if (known && (album || goesOn(known, inbound))) {
      known.parts.push(part)
      continue
    }
    const paste = !album && isPaste(inbound) && inbound.message.text.length >= longText
    const made: Group = { key: album ?? (paste ? `paste:${place}:${inbound.message.id}` : undefined), parts: [part] }
    groups.push(made)
    if (album) albums.set(album, made)
    open.set(place, made)
  }
  return groups
}

/** Whether more may come for a group: an album until it is quiet, a text while its last part is long. */
function mayGrow(g: Group): boolean {
  if (g.key === undefined) return false
  if (g.key.startsWith('album:')) return g.parts.length < 10
  return g.parts.length < maxParts && (g.parts.at(-1)?.inbound.message.text.length ?? 0) >= longText
}

/** The parts as one message, under the id of the first. */
function joined(g: Group): Inbound {
  const [first, ...rest] = g.parts.map((p) => p.inbound)
  if (!first) throw new Error('a group without parts')
  if (!rest.length) return first
  const glue = (text: string) => (g.key?.startsWith('paste:') && text.length === fullText ? '' : '\n')
  const text = rest.reduce((sum, next, i) => {
    const before = g.parts[i]?.inbound.message.text ?? ''
    return sum && next.message.text ? sum + glue(before) + next.message.text : sum + next.message.text
  }, first.message.text)
  return {
    message: { ...first.message, text, addressed: g.parts.some((p) => p.inbound.message.addressed) },
    files: g.parts.flatMap((p) => p.inbound.files),
  }
}

/**
 * Decides what of `parts` may be handed over. A group waits until `before`, the held groups of the last look, already
 * had as many parts; what the same chat said after it waits with it, to keep the order.
 */
export function planParts(parts: readonly Part[], before: ReadonlyMap<string, number>): Plan {
  const held = new Map<string, number>()
  const chats = new Set<string>()
  const ready: { updates: number[]; inbound: Inbound }[] = []
  let heldFrom: number | undefined
  let waitMs = 0
  for (const g of group(parts)) {
    const chat = g.parts[0]?.inbound.message.to.chat ?? ''
    const unfinished = g.key !== undefined && mayGrow(g) && before.get(g.key) !== g.parts.length
    if (unfinished || chats.has(chat)) {
      chats.add(chat)
      if (g.key !== undefined) held.set(g.key, g.parts.length)
      if (unfinished) waitMs = Math.max(waitMs, g.key?.startsWith('album:') ? albumMs : pasteMs)
      heldFrom ??= g.parts[0]?.update
    } else ready.push({ updates: g.parts.map((p) => p.update), inbound: joined(g) })
  }
  return { ready, held, heldFrom, waitMs }
}
