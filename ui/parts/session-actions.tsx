// What can be done with a session: looked into, changed, condensed, started anew, written out, deleted and taken back.
import { useState } from 'preact/hooks'
import type { SessionRow } from '../../src/ops/session-row.ts'
import { nameOf } from '../chat/head.tsx'
import { ops } from '../gateway.ts'
import { act, say, useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Empty, Loaded } from './bits.tsx'
import { Confirm, Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
import { patchOf, type Fields, type Schema } from './schema.ts'
import { saveFile } from './save-file.ts'

interface Props {
  readonly row: SessionRow
  reload(): void
}

function Preview({ row, onClose }: { readonly row: SessionRow; onClose(): void }) {
  const seen = useOp('sessions.preview', { keys: [row.key], limit: 12, maxChars: 600 })
  return (
    <Dialog title={nameOf(row)} wide onClose={onClose}>
      <Loaded of={seen}>
        {({ previews }) =>
          previews[0]?.items.length ? (
            <dl class="preview">
              {previews[0].items.map((item, i) => (
                // Lines of one moment: they have no names, and do not change.
                // oxlint-disable-next-line react/no-array-index-key
                <div key={i}>
                  <dt>{item.role}</dt>
                  <dd>{item.text}</dd>
                </div>
              ))}
            </dl>
          ) : (
            <Empty>{t('sessions.empty')}</Empty>
          )
        }
      </Loaded>
    </Dialog>
  )
}

const choice = (title: string, ...values: readonly string[]): Schema => ({ title, type: 'string', enum: values })

const settings = (): Schema => ({
  type: 'object',
  properties: {
    label: { type: 'string', title: t('sessions.label'), maxLength: 64 },
    model: { type: 'string', title: t('chat.model'), description: t('sessions.model.about') },
    thinkingLevel: choice(t('chat.level'), 'off', 'minimal', 'low', 'medium', 'high', 'xhigh'),
    verboseLevel: choice(t('sessions.verbose'), 'off', 'on', 'full'),
    reasoningLevel: choice(t('sessions.reasoning'), 'off', 'on', 'stream'),
    responseUsage: choice(t('sessions.usage'), 'off', 'tokens', 'full'),
    sendPolicy: choice(t('sessions.send'), 'allow', 'deny'),
    groupActivation: choice(t('sessions.groups'), 'mention', 'always'),
  },
})

function Settings({ row, reload, onClose }: Props & { onClose(): void }) {
  const schema = settings()
  const known = Object.keys(schema.properties ?? {}).filter((key) => key !== 'model')
  const before = Object.fromEntries(
    Object.entries(row).filter(([key, value]) => known.includes(key) && value !== undefined),
  )
  const [value, setValue] = useState<Fields>(before)
  const save = async () => {
    const patch = patchOf(before, value) as Fields | undefined
    if (patch && !(await act(ops['sessions.patch']({ key: row.key, ...patch }), t('saved')))) return
    reload()
    onClose()
  }
  return (
    <Dialog
      title={t('sessions.settings', { name: nameOf(row) })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button tone="main" onClick={save}>
            {t('save')}
          </Button>
        </>
      }
    >
      <Form schema={schema} value={value} onChange={setValue} usual={{ model: `${row.modelProvider}/${row.model}` }} />
    </Dialog>
  )
}

/** Deletes a session, and says how it comes back. */
async function remove({ row, reload }: Props) {
  const done = await act(ops['sessions.delete']({ key: row.key }))
  if (!done) return
  reload()
  const id = done.archived[0]
  if (id === undefined) return
  say(t('sessions.deleted', { name: nameOf(row) }), 'good', () => {
    void act(ops['sessions.restore']({ sessionId: id }), t('sessions.back')).then(reload)
  })
}

async function save(row: SessionRow, format: 'html' | 'json') {
  const file = await act(ops['sessions.export']({ key: row.key, format }))
  if (file) saveFile(file.fileName, file.mimeType, file.content)
}

/** The buttons of a session. */
export function SessionActions({ row, reload }: Props) {
  const [open, setOpen] = useState<'preview' | 'settings' | 'reset' | 'more' | undefined>()
  const close = () => setOpen(undefined)
  const compact = async () => {
    await act(ops['sessions.compact']({ key: row.key }), (r) =>
      r.compacted ? t('sessions.compacted', { n: r.kept ?? 0 }) : t('sessions.short'),
    )
    reload()
  }
  return (
    <div class="actions tight">
      <Button icon="search" tone="ghost" label={t('sessions.preview')} onClick={() => setOpen('preview')} />
      <Button icon="edit" tone="ghost" label={t('sessions.change')} onClick={() => setOpen('settings')} />
      <Button icon="download" tone="ghost" label={t('sessions.more')} onClick={() => setOpen('more')} />
      <Button icon="trash" tone="ghost" label={t('delete')} onClick={() => remove({ row, reload })} />
      {open === 'preview' ? <Preview row={row} onClose={close} /> : null}
      {open === 'settings' ? <Settings row={row} reload={reload} onClose={close} /> : null}
      {open === 'more' ? (
        <Dialog title={nameOf(row)} onClose={close}>
          <div class="choices">
            <Button icon="download" onClick={() => save(row, 'html')}>
              {t('sessions.html')}
            </Button>
            <Button icon="download" onClick={() => save(row, 'json')}>
              {t('sessions.json')}
            </Button>
            <Button icon="down" onClick={compact}>
              {t('sessions.compact')}
            </Button>
            <Button icon="retry" tone="danger" onClick={() => setOpen('reset')}>
              {t('sessions.reset')}
            </Button>
          </div>
        </Dialog>
      ) : null}
      {open === 'reset' ? (
        <Confirm
          title={t('sessions.reset')}
          text={t('sessions.reset.about', { name: nameOf(row) })}
          yes={t('sessions.reset')}
          onYes={() => act(ops['sessions.reset']({ key: row.key, reason: 'reset' }), t('sessions.fresh')).then(reload)}
          onClose={close}
        />
      ) : null}
    </div>
  )
}
