// A tool at work: what it was given, what it says while it works, what came of it, and how long it took.
import { useEffect, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { CopyButton } from '../parts/code.tsx'
import { Icon } from '../parts/icon.tsx'
import { span } from '../parts/time.tsx'
import { t } from '../words.ts'
import { File } from './file.tsx'
import type { ToolStep } from './rows.ts'

/** Longest result that is shown at once, in characters. */
const maxShown = 6000

/** The one thing of a tool's input that says most. */
function gist(args: unknown): string {
  if (typeof args !== 'object' || args === null) return typeof args === 'string' ? args : ''
  const fields = args as Readonly<Record<string, unknown>>
  const known = ['command', 'path', 'file', 'query', 'url', 'pattern', 'text', 'message']
  const found = known.map((k) => fields[k]).find((v) => typeof v === 'string')
  if (typeof found === 'string') return found
  const text = JSON.stringify(args)
  return text === '{}' ? '' : text
}

/** The time a tool has been at work, told each second while it is. */
function Worked({ step }: { readonly step: ToolStep }) {
  const [now, setNow] = useState(systemClock.now)
  useEffect(() => {
    if (step.endedAt !== undefined || step.result !== undefined) return
    const stop = new AbortController()
    const beat = async () => {
      for (;;) {
        await systemClock.sleep(1000, stop.signal)
        setNow(systemClock.now())
      }
    }
    beat().catch(() => undefined)
    return () => stop.abort()
  }, [step.endedAt])
  const ms = (step.endedAt ?? now) - step.startedAt
  return ms >= 0 ? <span class="worked">{span(ms)}</span> : null
}

const Part = ({ name, text }: { readonly name: string; readonly text: string }) => {
  const [all, setAll] = useState(false)
  const cut = text.length > maxShown && !all
  return (
    <div class="part">
      <header>
        <span>{name}</span>
        <CopyButton text={text} />
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{cut ? text.slice(0, maxShown) : text}</pre>
      {cut ? (
        <button type="button" class="linkish" onClick={() => setAll(true)}>
          {t('tool.all')}
        </button>
      ) : null}
    </div>
  )
}

/** The card of a tool. */
export function ToolCard({ step }: { readonly step: ToolStep }) {
  const done = step.result !== undefined || step.endedAt !== undefined
  const state = done ? (step.failed ? 'failed' : 'done') : 'working'
  const args = typeof step.args === 'string' ? step.args : JSON.stringify(step.args, null, 2)
  return (
    <details class={`tool ${state}`}>
      <summary>
        <Icon name={state === 'done' ? 'check' : state === 'failed' ? 'warn' : 'tool'} size={15} />
        <b>{step.name}</b>
        <span class="gist cut">{gist(step.args)}</span>
        <span class="sr">{t(`tool.${state}`)}</span>
        <Worked step={step} />
      </summary>
      {args && args !== '{}' ? <Part name={t('tool.args')} text={args} /> : null}
      {step.note && !done ? <Part name={t('tool.note')} text={step.note} /> : null}
      {step.result ? <Part name={t(step.failed ? 'tool.error' : 'tool.result')} text={step.result} /> : null}
      {step.files?.length ? (
        <div class="part">
          {step.files.map((file, i) => (
            <File key={i} file={file} />
          ))}
        </div>
      ) : null}
      {done && !step.result ? <p class="quiet">{t('tool.silent')}</p> : null}
    </details>
  )
}
