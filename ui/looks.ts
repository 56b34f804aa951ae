// How the page looks: light, dark, or as the system has it; kept in this browser.
import { effect, signal } from '@preact/signals'
import { keep, kept } from './kept.ts'

/** What may be chosen. */
export const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

/** The choice in force. */
export const theme = signal<Theme>(themes.find((x) => x === kept('theme')) ?? 'auto')

effect(() => {
  keep('theme', theme.value === 'auto' ? undefined : theme.value)
  document.documentElement.dataset['theme'] = theme.value
})

/** Takes the next choice. */
export const nextTheme = (): void =>
  void (theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto')
