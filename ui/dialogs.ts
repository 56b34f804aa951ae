// Which of the shell's own dialogs is open.
import { signal } from '@preact/signals'

export const dialog = signal<'keys' | undefined>(undefined)
/** Whether the menu is open, where the screen is too small to show it always. */
export const menu = signal(false)
