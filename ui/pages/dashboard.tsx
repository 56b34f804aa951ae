// The dashboard: how the gateway is, at a glance, and what waits for somebody.
import { useRef } from 'preact/hooks'
import { nameOf } from '../chat/head.tsx'
import { ops, type Answer } from '../gateway.ts'
import { Button, Card, Empty, Loaded, PageHead } from '../parts/bits.tsx'
import { ChannelList } from '../parts/channel-list.tsx'
import { Chart } from '../parts/chart.tsx'
import { Problems } from '../parts/problems.tsx'
import { ago, bytes, clockTime, money, now, short1, span } from '../parts/time.tsx'
import { daysOf, dayName, firstDay } from '../parts/usage.ts'
import { Undelivered } from '../parts/undelivered.tsx'
import { hrefOf } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

type Load = Answer<'gateway.load'>
const days = 14
const millis = (ms: number) => `${ms.toFixed(1)} ms`
/** Measurements kept for the live charts. */
const kept = 120

const Tile = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div class="tile">
    <span>{name}</span>
    <b>{value}</b>
  </div>
)

/** The measurements since the page was opened. */
function useLoads(): readonly Load[] {
  const loads = useRef<Load[]>([])
  const { data } = useOp('gateway.load', {}, { everyMs: 3000 })
  if (data && loads.current.at(-1)?.ts !== data.ts) loads.current = [...loads.current, data].slice(-kept)
  return loads.current
}

function Recent() {
  const sessions = useOp('sessions.list', { limit: 6, includeDerivedTitles: true }, { on: ['session.', 'agent.done'] })
  return (
    <Card title={t('dash.recent')} actions={<a href={hrefOf('sessions')}>{t('dash.all')}</a>}>
      <Loaded of={sessions}>
        {(s) =>
          s.sessions.length ? (
            <ul class="rows">
              {s.sessions.map((x) => (
                <li key={x.key}>
                  <a class="grow cut" href={hrefOf('chat', { session: x.key })}>
                    {nameOf(x)}
                  </a>
                  <span class="quiet">{t('n.messages', { n: x.messageCount })}</span>
                  <span class="quiet">{ago(x.updatedAt, now.value)}</span>
                </li>
              ))}
            </ul>
          ) : (
            <Empty action={<a href={hrefOf('chat')}>{t('dash.talk')}</a>}>{t('sessions.none')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}

function Charts({ loads }: { readonly loads: readonly Load[] }) {
  const usage = useOp('sessions.usage', { startDate: firstDay(days), limit: 1 }, { on: ['agent.done'] })
  const list = daysOf(usage.data, days)
  const times = list.map((d) => Date.parse(d.date))
  const live = { times: loads.map((l) => l.ts), kind: 'line' as const, when: clockTime }
  const daily = { times, kind: 'bars' as const, when: dayName }
  return (
    <div class="columns">
      <Card>
        <Chart {...daily} title={t('dash.messages')} values={list.map((d) => d.messages)} format={short1} />
      </Card>
      <Card>
        <Chart {...daily} title={t('dash.spend')} values={list.map((d) => d.cost)} format={money} color="--good" />
      </Card>
      <Card>
        <Chart {...live} title={t('dash.memory')} values={loads.map((l) => l.rssBytes)} format={bytes} />
      </Card>
      <Card>
        <Chart {...live} title={t('dash.delay')} values={loads.map((l) => l.delayMs)} format={millis} color="--warn" />
      </Card>
    </div>
  )
}

/** The page. */
export function Page() {
  const info = useOp('gateway.info', {}, { everyMs: 15_000 })
  const loads = useLoads()
  const load = loads.at(-1)
  return (
    <div class="stack">
      <PageHead
        title={t('page.dashboard')}
        about={info.data ? t('dash.about', { host: info.data.host, version: info.data.version }) : '…'}
      >
        <Button
          icon="retry"
          onClick={() => act(ops['gateway.restart']({ reason: 'restarted from the Control UI' }), t('dash.restarting'))}
        >
          {t('dash.restart')}
        </Button>
      </PageHead>
      <Problems />
      <div class="tiles">
        <Tile name={t('dash.uptime')} value={info.data ? span(info.data.uptimeMs) : '…'} />
        <Tile name={t('page.sessions')} value={info.data ? short1(info.data.sessions) : '…'} />
        <Tile name={t('dash.running')} value={load ? String(load.runs) : '…'} />
        <Tile name={t('dash.clients')} value={load ? String(load.clients) : '…'} />
        <Tile name={t('dash.memory')} value={load ? bytes(load.rssBytes) : '…'} />
        <Tile name={t('dash.delay')} value={load ? millis(load.delayMs) : '…'} />
      </div>
      <Charts loads={loads} />
      <div class="columns">
        <ChannelList />
        <Recent />
      </div>
      <Undelivered />
    </div>
  )
}
