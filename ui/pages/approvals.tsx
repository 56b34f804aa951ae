// Approvals: what tools ask to run now, and what they may run without asking.
import { useEffect, useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { Approval } from '../parts/approval.tsx'
import { Button, Card, Empty, Loaded, PageHead } from '../parts/bits.tsx'
import { Form } from '../parts/form.tsx'
import type { Fields, Schema } from '../parts/schema.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

type File = Answer<'exec.approvals.get'>['file']

const choice = (title: string, values: readonly string[], description: string): Schema => ({
  type: 'string',
  title,
  enum: values,
  description,
})

const policy = (): Record<string, Schema> => ({
  security: choice(t('policy.security'), ['deny', 'allowlist', 'full'], t('policy.security.about')),
  ask: choice(t('policy.ask'), ['off', 'on-miss', 'always'], t('policy.ask.about')),
  askFallback: choice(t('policy.fallback'), ['deny', 'allowlist', 'full'], t('policy.fallback.about')),
  autoAllowSkills: { type: 'boolean', title: t('policy.skills') },
})

const schema = (): Schema => ({
  type: 'object',
  properties: {
    defaults: { type: 'object', title: t('policy.defaults'), properties: policy() },
    agents: {
      type: 'object',
      title: t('policy.agents'),
      additionalProperties: {
        type: 'object',
        properties: {
          ...policy(),
          allowlist: {
            type: 'array',
            title: t('policy.allowlist'),
            items: {
              type: 'object',
              required: ['pattern'],
              properties: {
                pattern: { type: 'string', title: t('policy.pattern'), description: t('policy.pattern.about') },
              },
            },
          },
        },
      },
    },
  },
})

function Standing() {
  const stored = useOp('exec.approvals.get', {}, { on: ['exec.approval.resolved'] })
  const [value, setValue] = useState<Fields>()
  const hash = stored.data?.hash
  useEffect(() => setValue(undefined), [hash])
  const save = async (file: Fields) => {
    const done = await act(
      ops['exec.approvals.set']({
        file: file as unknown as File,
        ...(stored.data?.exists && hash ? { baseHash: hash } : {}),
      }),
      t('saved'),
    )
    if (done) stored.reload()
  }
  return (
    <Card title={t('policy.title')}>
      <Loaded of={stored}>
        {(now) => {
          const shown = value ?? now.file
          return (
            <>
              <p class="quiet">{t('policy.about')}</p>
              <Form schema={schema()} value={shown} open onChange={setValue} />
              <div class="actions foot">
                <Button tone="main" disabled={value === undefined} onClick={() => save(shown)}>
                  {t('save')}
                </Button>
                <Button disabled={value === undefined} onClick={() => setValue(undefined)}>
                  {t('discard')}
                </Button>
                <span class="quiet mono">{now.path}</span>
              </div>
            </>
          )
        }}
      </Loaded>
    </Card>
  )
}

/** The page. */
export function Page() {
  const list = useOp('exec.approval.list', {}, { on: ['exec.approval.'] })
  return (
    <div class="stack">
      <PageHead title={t('page.approvals')} about={t('approve.about')} />
      <Loaded of={list}>
        {({ requests }) =>
          requests.length ? (
            <div class="stack">
              {requests.map((r) => (
                <Approval key={r.id} request={r} />
              ))}
            </div>
          ) : (
            <Card>
              <Empty>{t('approve.none')}</Empty>
            </Card>
          )
        }
      </Loaded>
      <Standing />
    </div>
  )
}
