// The list of commands that opens when a message begins with a slash.
import { useState } from 'preact/hooks'
import { useOp } from '../store.ts'
import { t } from '../words.ts'

interface Command {
  readonly name: string
  readonly description: string
}

/** What the palette shows, and how the composer steers it. */
export interface PaletteState {
  readonly found: readonly Command[]
  readonly at: number
  readonly aria: Readonly<Record<string, string | boolean | undefined>>
  choose(name: string): void
  /** Takes a key when it is the palette's; answers whether it was. */
  pressed(e: KeyboardEvent): boolean
}

/** Most commands shown at a time. */
const maxShown = 8

/** The palette of a text that is being written. */
export function usePalette(text: string, choose: (name: string) => void): PaletteState {
  const [at, setAt] = useState(0)
  const [closed, setClosed] = useState('')
  const typed = /^\/([a-z0-9_-]*)$/i.exec(text)?.[1]?.toLowerCase()
  const all = useOp('commands.list', {}, { off: typed === undefined })
  const fits = (c: Command) => c.name.includes(typed ?? '')
  const first = (c: Command) => (c.name.startsWith(typed ?? '') ? 0 : 1)
  const list = typed === undefined || closed === text ? [] : (all.data?.commands ?? [])
  const found = list
    .filter(fits)
    .sort((a, b) => first(a) - first(b))
    .slice(0, maxShown)
  const now = Math.min(at, Math.max(0, found.length - 1))
  return {
    found,
    at: now,
    choose,
    aria: found.length
      ? {
          role: 'combobox',
          'aria-expanded': true,
          'aria-controls': 'palette',
          'aria-activedescendant': `palette-${now}`,
        }
      : {},
    pressed(e) {
      const chosen = found[now]
      if (!chosen) return false
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
      if (step) setAt((now + step + found.length) % found.length)
      else if (e.key === 'Escape') setClosed(text)
      else if (e.key === 'Tab' || (e.key === 'Enter' && chosen.name !== typed)) choose(chosen.name)
      else return false
      e.preventDefault()
      return true
    },
  }
}

/** The list itself. */
export const Palette = ({ found, at, choose }: PaletteState) =>
  found.length ? (
    <ul id="palette" class="palette" role="listbox" aria-label={t('compose.commands')}>
      {found.map((c, i) => (
        // The keyboard stays in the message; its arrows move through this list.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
        <li key={c.name} id={`palette-${i}`} role="option" aria-selected={i === at} onClick={() => choose(c.name)}>
          <b>/{c.name}</b>
          <span class="quiet cut">{c.description}</span>
        </li>
      ))}
    </ul>
  ) : null
