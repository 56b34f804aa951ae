// How the page looks: light, dark, or as the system has it; kept in this browser.
import { computed, effect, signal } from '@preact/signals'
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

const system = matchMedia('(prefers-color-scheme: dark)')
const systemDark = signal(system.matches)
system.addEventListener('change', () => (systemDark.value = system.matches))

/** Whether the page is dark now. */
export const dark = computed(() => (theme.value === 'auto' ? systemDark.value : theme.value === 'dark'))

/** Takes the next choice. */
export const nextTheme = (): void =>
  void (theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'auto')
