// Times and amounts, as people say them.
import { signal } from '@preact/signals'
import { systemClock } from '../../src/lib/clock.ts'
import { t } from '../words.ts'

/** The time of the moment, told twice a minute: what is shown as "a minute ago" stays true. */
export const now = signal(systemClock.now())

async function tick() {
  for (;;) {
    await systemClock.sleep(30_000)
    now.value = systemClock.now()
  }
}
void tick()

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })
const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** How long ago something was, or how soon it will be. */
export function ago(at: number, from = now.value): string {
  const ms = at - from
  const step = steps.find(([, size]) => Math.abs(ms) >= size)
  if (!step) return ms > 5000 ? t('soon') : t('just.now')
  return relative.format(Math.round(ms / step[1]), step[0])
}

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hour12: false })
const short = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hour12: false })
const daily = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

/** A time in full. */
export const fullTime = (at: number): string => full.format(at)

/** The time of day; with the date when it is not of today. */
export const clockTime = (at: number): string =>
  new Date(at).toDateString() === new Date(now.value).toDateString() ? short.format(at) : daily.format(at)

/** A time as people say it, in full for those who point at it; a dash when there is none. */
export const Ago = ({ at }: { readonly at: number | null | undefined }) =>
  typeof at === 'number' ? (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {ago(at)}
    </time>
  ) : (
    <span class="quiet">{t('never')}</span>
  )

/** A span: `3 d 4 h`, `12 min`, `8 s`, `340 ms`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const s = Math.floor(ms / 1000)
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor((s % 86_400) / 3600), Math.floor((s % 3600) / 60)]
  if (d) return h ? `${d} d ${h} h` : `${d} d`
  if (h) return m ? `${h} h ${m} min` : `${h} h`
  if (m) return s % 60 ? `${m} min ${s % 60} s` : `${m} min`
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** A number, short: `12.3K`. */
export const short1 = (n: number): string => compact.format(n)

/** Bytes, short. */
export const bytes = (n: number): string =>
  n < 1024 ? `${n} B` : n < 1_048_576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1_048_576).toFixed(1)} MB`

/** Dollars: as many digits as a small sum needs. */
export const money = (n: number): string => (n === 0 ? '$0' : n < 0.01 ? `$${n.toFixed(4)}` : `$${n.toFixed(2)}`)
