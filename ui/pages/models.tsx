// Models and spend: what can be asked, what it costs, and what it has cost so far.
import { useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { Button, Card, Empty, Loaded, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { Caps } from '../parts/caps.tsx'
import { Chart } from '../parts/chart.tsx'
import { Command } from '../parts/code.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { Spend } from '../parts/spend.tsx'
import { Table } from '../parts/table.tsx'
import { money, short1 } from '../parts/time.tsx'
import { daysOf, dayName, firstDay } from '../parts/usage.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

type Model = Answer<'models.list'>['models'][number]
const refOf = (m: Model) => `${m.provider}/${m.id}`

/** A provider's key: written into the config, never shown again. */
function AddKey({ variable, onClose, onDone }: { readonly variable: string; onClose(): void; onDone(): void }) {
  return (
    <FormDialog
      title={t('model.key.add')}
      schema={{
        type: 'object',
        required: ['key'],
        properties: { key: { type: 'string', title: variable, description: t('skill.key.about'), secret: true } },
      }}
      onClose={onClose}
      onSend={(v) => ops['config.set']({ path: `env.vars.${variable}`, value: String(v['key']) }).then(onDone)}
    />
  )
}

function Models() {
  const [keyFor, setKeyFor] = useState<string>()
  const [local, setLocal] = useState(false)
  const list = useOp('models.list', local ? { local: true } : {}, { on: ['config.changed'] })
  const config = useOp('config.get', { path: 'agents.defaults.model.primary' }, { on: ['config.changed'] })
  const primary = config.data && 'value' in config.data ? config.data.value : undefined
  const choose = (ref: string) =>
    act(ops['config.set']({ path: 'agents.defaults.model.primary', value: ref }), t('model.chosen', { name: ref }))
  return (
    <Card
      class="flush"
      title={t('model.title')}
      actions={
        <Button icon="search" onClick={() => (local ? list.reload() : setLocal(true))}>
          {t('model.local')}
        </Button>
      }
    >
      <Loaded of={list}>
        {({ models, localServers }) => (
          <>
            {localServers?.length === 0 ? <Notice tone="quiet">{t('model.local.none')}</Notice> : null}
            {localServers?.map((s) => (
              <Notice key={s.baseUrl} tone="quiet">
                {t('model.local.found', { name: s.name, url: s.baseUrl, models: s.models.join(', ') })}
                {s.models[0] ? (
                  <Command>{`oclaw config set agents.defaults.model.primary ${s.name}/${s.models[0]}`}</Command>
                ) : null}
              </Notice>
            ))}
            {models.length ? (
              <Table
                label={t('model.title')}
                rows={models}
                keyOf={refOf}
                columns={[
                  {
                    name: t('chat.model'),
                    class: 'main',
                    show: (m) => (
                      <>
                        {m.name}
                        <small class="mono">{refOf(m)}</small>
                      </>
                    ),
                  },
                  { name: t('model.context'), class: 'num', show: (m) => short1(m.contextWindow) },
                  {
                    name: t('model.price'),
                    class: 'num',
                    show: (m) => (m.price ? `${money(m.price.input)} / ${money(m.price.output)}` : t('model.unknown')),
                  },
                  {
                    name: t('model.state'),
                    class: 'fit',
                    show: (m) => (
                      <Pill tone={m.available ? 'good' : 'quiet'}>
                        {t(m.available ? 'model.usable' : m.keyVariable === undefined ? 'model.away' : 'model.key')}
                      </Pill>
                    ),
                  },
                  {
                    name: '',
                    class: 'fit',
                    show: (m) => (
                      <div class="actions">
                        {refOf(m) === primary ? (
                          <Pill tone="plain">{t('model.usual')}</Pill>
                        ) : m.available ? (
                          <Button onClick={() => choose(refOf(m))}>{t('model.choose')}</Button>
                        ) : null}
                        {m.keyVariable === undefined ? null : (
                          <Button onClick={() => setKeyFor(m.keyVariable)}>{t('model.key.add')}</Button>
                        )}
                      </div>
                    ),
                  },
                ]}
              />
            ) : (
              <Empty>{t('model.none')}</Empty>
            )}
          </>
        )}
      </Loaded>
      {keyFor === undefined ? null : (
        <AddKey variable={keyFor} onClose={() => setKeyFor(undefined)} onDone={list.reload} />
      )}
    </Card>
  )
}

/** The page. */
export function Page() {
  const [days, setDays] = useState(30)
  const usage = useOp('sessions.usage', { startDate: firstDay(days), limit: 200 }, { on: ['agent.done'] })
  const list = daysOf(usage.data, days)
  const chart = { times: list.map((d) => Date.parse(d.date)), kind: 'bars' as const, when: dayName }
  return (
    <div class="stack">
      <PageHead title={t('page.models')} about={t('model.about')}>
        <div class="tabs" role="group" aria-label={t('model.span')}>
          {[7, 30, 90].map((n) => (
            <button key={n} type="button" aria-pressed={n === days} onClick={() => setDays(n)}>
              {t('model.days', { n })}
            </button>
          ))}
        </div>
      </PageHead>
      <div class="columns">
        <Card>
          <Chart
            key={days}
            {...chart}
            title={t('dash.spend')}
            values={list.map((d) => d.cost)}
            format={money}
            color="--good"
          />
        </Card>
        <Card>
          <Chart key={days} {...chart} title={t('model.tokens')} values={list.map((d) => d.tokens)} format={short1} />
        </Card>
      </div>
      <Loaded of={usage}>{(data) => <Spend usage={data} />}</Loaded>
      <Caps />
      <Models />
    </div>
  )
}
