// One webhook: the call that reaches it, and what can be changed about it.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { base } from '../place.ts'
import { act } from '../store.ts'
import { t } from '../words.ts'
import { Button } from './bits.tsx'
import { Command } from './code.tsx'
import { Confirm } from './dialog.tsx'
import { FormDialog } from './form-dialog.tsx'
import type { Fields, Schema } from './schema.ts'

/** A simple webhook. */
export interface Webhook {
  readonly id: string
  readonly path?: string
  readonly agentId: string
  readonly message: string
  readonly token?: unknown
  readonly secret?: unknown
}

/** Where calls from outside arrive. */
export const origin = `${location.origin}${base.replace(/\/$/, '')}`

/** The fields of one. */
export const webhookSchema = (): Schema => ({
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
export const writeWebhooks = (webhooks: readonly Fields[]) =>
  ops['config.set']({ path: 'hooks.webhooks', value: [...webhooks] })

/** One of them, with a call to try. */
export function WebhookRow({
  hook,
  all,
  reload,
}: {
  readonly hook: Webhook
  readonly all: readonly Webhook[]
  reload(): void
}) {
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
          schema={webhookSchema()}
          first={hook as unknown as Fields}
          onClose={() => setOpen(undefined)}
          onSend={(value) => writeWebhooks([...others, value]).then(reload)}
        />
      ) : null}
      {open === 'remove' ? (
        <Confirm
          title={t('hook.remove', { name: hook.id })}
          text={t('hook.remove.about')}
          yes={t('delete')}
          onYes={() => act(writeWebhooks(others), t('saved')).then(reload)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </li>
  )
}
