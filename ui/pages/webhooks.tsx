// Webhooks: calls from outside that give an agent a message.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { Button, Card, Empty, Facts, Loaded, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { Command } from '../parts/code.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { redacted, type Fields, type Schema } from '../parts/schema.ts'
import { base, hrefOf } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

/** The `hooks` section, as far as it is shown. */
interface Hooks {
  readonly enabled: boolean
  readonly path: string
  readonly token?: unknown
  readonly presets: readonly string[]
  readonly mappings: readonly {
    readonly id?: string
    readonly match?: { readonly path?: string }
    readonly action?: string
  }[]
  readonly webhooks: readonly Webhook[]
}

interface Webhook {
  readonly id: string
  readonly path?: string
  readonly agentId: string
  readonly message: string
  readonly token?: unknown
  readonly secret?: unknown
}

const origin = `${location.origin}${base.replace(/\/$/, '')}`

const schema = (): Schema => ({
  type: 'object',
  required: ['id', 'agentId', 'message'],
  properties: {
    id: { type: 'string', title: t('hook.id'), pattern: '^[a-zA-Z0-9_-]+$' },
    agentId: { type: 'string', title: t('hook.agent') },
    message: { type: 'string', title: t('hook.message'), description: t('hook.message.about'), long: true },
    token: { type: 'string', title: t('hook.token'), description: t('hook.token.about'), secret: true },
    secret: { type: 'string', title: t('hook.secret'), description: t('hook.secret.about'), secret: true },
  },
})

const shell = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

const curl = (w: Webhook) =>
  `curl -X POST ${shell(`${origin}${w.path ?? `/webhook/${w.id}`}`)} -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' -d '{"message":"hello"}'`

/** Writes the list of simple webhooks. */
const write = (webhooks: readonly Fields[]) => ops['config.set']({ path: 'hooks.webhooks', value: [...webhooks] })

function Row({ hook, all, reload }: { readonly hook: Webhook; readonly all: readonly Webhook[]; reload(): void }) {
  const [open, setOpen] = useState<'edit' | 'remove' | undefined>()
  const others = all.filter((w) => w.id !== hook.id) as unknown as readonly Fields[]
  return (
    <li>
      <div class="grow">
        <b>{hook.id}</b> <span class="quiet">{t('hook.to', { agent: hook.agentId })}</span>
        <Command>{curl(hook)}</Command>
      </div>
      <Button icon="edit" tone="ghost" label={t('hook.edit', { name: hook.id })} onClick={() => setOpen('edit')} />
      <Button icon="trash" tone="ghost" label={t('hook.remove', { name: hook.id })} onClick={() => setOpen('remove')} />
      {open === 'edit' ? (
        <FormDialog
          title={t('hook.edit', { name: hook.id })}
          schema={schema()}
          first={hook as unknown as Fields}
          onClose={() => setOpen(undefined)}
          onSend={(value) => write([...others, value]).then(reload)}
        />
      ) : null}
      {open === 'remove' ? (
        <Confirm
          title={t('hook.remove', { name: hook.id })}
          text={t('hook.remove.about')}
          yes={t('delete')}
          onYes={() => act(write(others), t('saved')).then(reload)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </li>
  )
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
                      <Row key={w.id} hook={w} all={hooks.webhooks} reload={reload} />
                    ))}
                  </ul>
                ) : (
                  <Empty>{t('hook.none')}</Empty>
                )}
              </Card>
              {adding ? (
                <FormDialog
                  title={t('hook.add')}
                  schema={schema()}
                  first={{ agentId: 'main', message: '{{body.message}}' }}
                  onClose={() => setAdding(false)}
                  onSend={(v) => write([...(hooks.webhooks as unknown as readonly Fields[]), v]).then(reload)}
                />
              ) : null}
            </>
          )
        }}
      </Loaded>
    </div>
  )
}
