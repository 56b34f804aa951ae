// Activity: what was decided, from the durable event log; it goes on where it was left after a break.
import { useEffect, useRef, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { era, listen, ops, type Answer } from '../gateway.ts'
import { Button, Card, Empty, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { ago, clockTime, fullTime, now } from '../parts/time.tsx'
import { eventKinds, sentenceOf } from '../parts/event-words.ts'
import { reasonOf } from '../store.ts'
import { t } from '../words.ts'

type Stored = Answer<'events.resume'>['events'][number]

/** Events asked for at a time, and kept in the page. */
const page = 200
const maxKept = 2000

/** The newest events; `older` reads further back. */
function useEvents() {
  const [list, setList] = useState<readonly Stored[]>([])
  const [wrong, setWrong] = useState<string>()
  const [first, setFirst] = useState(0)
  const last = useRef<number | undefined>(undefined)
  const connection = era.value

  async function read() {
    try {
      let from = last.current
      if (from === undefined) {
        const { last: end } = await ops['events.resume']({ since: 0, limit: 1 })
        from = Math.max(0, end - page)
        setFirst(from)
      }
      const got = await ops['events.resume']({ since: from, limit: 1000 })
      last.current = Math.max(got.next, from)
      if (got.events.length) setList((old) => [...old, ...got.events].slice(-maxKept))
      setWrong(undefined)
    } catch (error) {
      setWrong(reasonOf(error))
    }
  }

  async function older() {
    const from = Math.max(0, first - page)
    const got = await ops['events.resume']({ since: from, limit: page })
    setFirst(from)
    setList((now) => [...got.events.filter((e) => e.seq <= first), ...now])
  }

  useEffect(() => {
    if (connection === 0) return
    void read()
    let waiting = false
    return listen((e) => {
      if (waiting || e.event === 'tick' || e.event === 'agent.text') return
      waiting = true
      void systemClock.sleep(400).then(() => {
        waiting = false
        return read()
      })
    })
  }, [connection])
  return { list, wrong, older, more: first > 0 }
}

const Row = ({ e }: { readonly e: Stored }) => {
  const { text, tone } = sentenceOf(e.event)
  return (
    <li>
      <time title={`${fullTime(e.at)} · ${ago(e.at, now.value)}`}>{clockTime(e.at)}</time>
      <span class="kind">
        <Pill tone={tone}>{e.event.type}</Pill>
      </span>
      <details class="grow">
        <summary>{text}</summary>
        <pre class="block">{JSON.stringify(e.event, null, 2)}</pre>
      </details>
      <span class="quiet">#{e.seq}</span>
    </li>
  )
}

/** The page. */
export function Page() {
  const { list, wrong, older, more } = useEvents()
  const [kind, setKind] = useState('')
  const shown = list.filter((e) => !kind || e.event.type === kind).toReversed()
  return (
    <div class="stack">
      <PageHead title={t('page.activity')} about={t('activity.about')}>
        <select aria-label={t('activity.kind')} value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
          <option value="">{t('activity.any')}</option>
          {eventKinds.map((k) => (
            <option key={k} value={k}>
              {k}
            </option>
          ))}
        </select>
      </PageHead>
      {wrong === undefined ? null : <Notice>{wrong}</Notice>}
      <Card>
        {shown.length ? (
          <ul class="rows events">
            {shown.map((e) => (
              <Row key={e.seq} e={e} />
            ))}
          </ul>
        ) : (
          <Empty>{t('activity.none')}</Empty>
        )}
        {more ? <Button onClick={older}>{t('activity.older')}</Button> : null}
      </Card>
    </div>
  )
}
