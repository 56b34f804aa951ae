// Keyboard shortcuts: single keys and `g` followed by a letter, never while somebody types.
import { go } from './place.ts'
import { pages } from './pages.ts'
import { systemClock } from '../src/lib/clock.ts'
import { dialog, menu } from './dialogs.ts'
import { nextTheme } from './looks.ts'
import type { Word } from './words.ts'

/** A key and what it does. */
export interface Shortcut {
  readonly keys: string
  readonly about: Word
  run(): void
}

const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus()

/** Presses a button as a person would: the focus comes back to it. */
function press(selector: string) {
  focus(selector)
  document.querySelector<HTMLElement>(selector)?.click()
}

/** Every shortcut but those that go to a page. */
export const shortcuts: readonly Shortcut[] = [
  { keys: '?', about: 'keys.help', run: () => (dialog.value = 'keys') },
  { keys: '/', about: 'keys.search', run: () => focus('[data-search], [data-composer]') },
  { keys: 'n', about: 'keys.new', run: () => press('[data-new]') },
  { keys: 'm', about: 'keys.menu', run: () => focus('nav a[aria-current], nav a') },
  { keys: 't', about: 'keys.theme', run: nextTheme },
]

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

let prefixAt = -Infinity

function pressed(event: KeyboardEvent) {
  if (event.key === 'Escape' && menu.value) menu.value = false
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || dialog.value) return
  const { key } = event
  const page = systemClock.now() - prefixAt < 1500 ? pages.find((p) => p.key === key) : undefined
  prefixAt = key === 'g' ? systemClock.now() : -Infinity
  const found = page ? { run: () => go(page.name) } : shortcuts.find((s) => s.keys === key)
  if (!found) return
  event.preventDefault()
  found.run()
}

/** Begins to hear the keyboard. */
export const hearKeys = (): void => addEventListener('keydown', pressed)
