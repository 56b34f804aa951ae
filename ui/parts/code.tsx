// Text to copy: a command, a token, a piece of code.
import { useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { say } from '../store.ts'
import { t } from '../words.ts'
import { Button } from './bits.tsx'

/** Puts a text on the clipboard, also on pages by plain HTTP, where the newer way is closed. */
export async function copy(text: string): Promise<boolean> {
  const clipboard = (navigator as Partial<Navigator>).clipboard
  if (clipboard) {
    await clipboard.writeText(text)
    return true
  }
  const area = document.createElement('textarea')
  area.value = text
  const top = document.querySelector('dialog[open]') ?? document.body
  top.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}

/** A button that copies a text and says so. */
export function CopyButton({ text, label }: { readonly text: string | (() => string); readonly label?: string }) {
  const [done, setDone] = useState(false)
  const click = async () => {
    const ok = await copy(typeof text === 'function' ? text() : text).catch(() => false)
    if (!ok) return say(t('copy.failed'), 'bad')
    setDone(true)
    void systemClock.sleep(1500).then(() => setDone(false))
  }
  return (
    <Button
      icon={done ? 'check' : 'copy'}
      tone="ghost"
      class="copy"
      label={done ? t('copied') : (label ?? t('copy'))}
      onClick={() => void click()}
    />
  )
}

/** A command line to copy. */
export const Command = ({ children }: { readonly children: string }) => (
  <div class="command">
    <code>{children}</code>
    <CopyButton text={children} />
  </div>
)
