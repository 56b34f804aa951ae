// Webhooks: calls from outside that give an agent a message.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { Button, Card, Empty, Facts, Loaded, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { MappingRow, type Mapping } from '../parts/mapping-row.tsx'
import { redacted, type Fields } from '../parts/schema.ts'
import { origin, WebhookRow, webhookSchema, writeWebhooks, type Webhook } from '../parts/webhook-row.tsx'
import { hrefOf } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

/** The `hooks` section, as far as it is shown. */
interface Hooks {
  readonly enabled: boolean
  readonly path: string
  readonly token?: unknown
  readonly presets: readonly string[]
  readonly mappings: readonly Mapping[]
  readonly webhooks: readonly Webhook[]
}

/** The page. */
export function Page() {
  const [adding, setAdding] = useState(false)
  const section = useOp('config.get', { path: 'hooks' }, { on: ['config.changed'] })
  const { reload } = section
  const turn = (on: boolean) => act(ops['config.set']({ path: 'hooks.enabled', value: on }), t('saved')).then(reload)
  return (
    <div class="stack">
      <PageHead title={t('page.webhooks')} about={t('hook.about')}>
        <Button icon="plus" tone="main" data-new onClick={() => setAdding(true)}>
          {t('hook.add')}
        </Button>
      </PageHead>
      <Loaded of={section}>
        {(got) => {
          const hooks = ('value' in got ? got.value : undefined) as Hooks | undefined
          if (!hooks) return <Notice tone="warn">{t('hook.broken')}</Notice>
          return (
            <>
              <Card
                title={t('hook.section')}
                actions={
                  <Button onClick={() => turn(!hooks.enabled)}>
                    {t(hooks.enabled ? 'skill.disable' : 'skill.enable')}
                  </Button>
                }
              >
                <Facts
                  of={[
                    [
                      t('model.state'),
                      <Pill tone={hooks.enabled ? 'good' : 'quiet'}>{t(hooks.enabled ? 'hook.on' : 'skill.off')}</Pill>,
                    ],
                    [t('hook.path'), <code>{`${origin}${hooks.path}`}</code>],
                    [t('hook.shared'), t(hooks.token === redacted || hooks.token ? 'hook.set' : 'hook.unset')],
                    ...(hooks.presets.length ? [[t('hook.presets'), hooks.presets.join(', ')] as const] : []),
                  ]}
                />
                <p class="foot">
                  <a href={hrefOf('config', { section: 'hooks' })}>{t('hook.all')}</a>
                </p>
              </Card>
              <Card title={t('hook.simple')}>
                {hooks.webhooks.length ? (
                  <ul class="rows">
                    {hooks.webhooks.map((w) => (
                      <WebhookRow key={w.id} hook={w} all={hooks.webhooks} reload={reload} />
                    ))}
                  </ul>
                ) : (
                  <Empty>{t('hook.none')}</Empty>
                )}
              </Card>
              {hooks.mappings.length ? (
                <Card title={t('hook.mappings')}>
                  <ul class="rows">
                    {hooks.mappings.map((m, i) => (
                      // The first that fits a call counts: their place is what they are known by.
                      // oxlint-disable-next-line react/no-array-index-key
                      <MappingRow key={i} mapping={m} top={`${origin}${hooks.path.replace(/\/+$/, '')}`} />
                    ))}
                  </ul>
                </Card>
              ) : null}
              {adding ? (
                <FormDialog
                  title={t('hook.add')}
                  schema={webhookSchema()}
                  first={{ agentId: 'main', message: '{{body.message}}' }}
                  onClose={() => setAdding(false)}
                  onSend={(v) => writeWebhooks([...(hooks.webhooks as unknown as readonly Fields[]), v]).then(reload)}
                />
              ) : null}
            </>
          )
        }}
      </Loaded>
    </div>
  )
}
