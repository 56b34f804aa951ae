// Agents: who they are, what model they use, and the files that make their instructions.
import { useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { AgentFiles } from '../parts/agent-files.tsx'
import { Button, Card, Loaded, PageHead, Pill } from '../parts/bits.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import type { Fields, Schema } from '../parts/schema.ts'
import { go, place } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

type Agents = Answer<'agents.list'>
type Agent = Agents['agents'][number]

const text = (title: string, description = ''): Schema => ({ type: 'string', title, description })

const fresh = (): Schema => ({
  type: 'object',
  required: ['name'],
  properties: {
    name: { ...text(t('agent.name'), t('agent.name.about')), minLength: 1 },
    workspace: text(t('agent.workspace'), t('agent.workspace.about')),
    emoji: text(t('agent.emoji')),
  },
})

const known = (): Schema => ({
  type: 'object',
  properties: {
    name: text(t('agent.name')),
    model: text(t('chat.model'), t('sessions.model.about')),
    workspace: text(t('agent.workspace')),
    avatar: text(t('agent.avatar')),
  },
})

const nameOf = (a: Agent) => a.identity?.name ?? a.name ?? a.id

/** Only what was filled in. */
const given = (value: Fields) =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== ''))

function Known({ agent, usual, reload }: { readonly agent: Agent; readonly usual: boolean; reload(): void }) {
  const [open, setOpen] = useState<'edit' | 'remove' | undefined>()
  const close = () => setOpen(undefined)
  return (
    <Card
      title={
        <>
          {agent.identity?.emoji ? `${agent.identity.emoji} ` : ''}
          {nameOf(agent)} <span class="quiet mono">{agent.id}</span>
        </>
      }
      actions={
        <>
          {usual ? <Pill tone="plain">{t('agent.usual')}</Pill> : null}
          <Button icon="edit" onClick={() => setOpen('edit')}>
            {t('agent.edit')}
          </Button>
          {usual ? null : (
            <Button icon="trash" tone="ghost" label={t('agent.remove')} onClick={() => setOpen('remove')} />
          )}
        </>
      }
    >
      <AgentFiles agent={agent.id} />
      {open === 'edit' ? (
        <FormDialog
          title={nameOf(agent)}
          schema={known()}
          onClose={close}
          onSend={async (value) => {
            await ops['agents.update']({ agentId: agent.id, ...given(value) })
            reload()
          }}
        />
      ) : null}
      {open === 'remove' ? (
        <Confirm
          title={t('agent.remove')}
          text={t('agent.remove.about', { name: nameOf(agent) })}
          yes={t('agent.remove')}
          onClose={close}
          onYes={async () => {
            await act(ops['agents.delete']({ agentId: agent.id }), t('agent.removed'))
            go('agents', {}, true)
            reload()
          }}
        />
      ) : null}
    </Card>
  )
}

/** The page. */
export function Page() {
  const [adding, setAdding] = useState(false)
  const agents = useOp('agents.list', {}, { on: ['config.changed'] })
  return (
    <div class="stack">
      <PageHead title={t('page.agents')} about={t('agent.about')}>
        <Button icon="plus" tone="main" data-new onClick={() => setAdding(true)}>
          {t('agent.add')}
        </Button>
      </PageHead>
      <Loaded of={agents}>
        {(list) => {
          const asked = place.value.query.get('agent')
          const shown = list.agents.find((a) => a.id === asked) ?? list.agents.find((a) => a.id === list.defaultId)
          return (
            <>
              <div class="tabs" role="group" aria-label={t('page.agents')}>
                {list.agents.map((a) => (
                  <button
                    key={a.id}
                    type="button"
                    aria-pressed={a === shown}
                    onClick={() => go('agents', { agent: a.id })}
                  >
                    {nameOf(a)}
                  </button>
                ))}
              </div>
              {shown ? (
                <Known key={shown.id} agent={shown} usual={shown.id === list.defaultId} reload={agents.reload} />
              ) : null}
            </>
          )
        }}
      </Loaded>
      {adding ? (
        <FormDialog
          title={t('agent.add')}
          schema={fresh()}
          yes={t('agent.make')}
          onClose={() => setAdding(false)}
          onSend={async (value) => {
            const made = await ops['agents.create']({ name: String(value['name']), ...given(value) })
            go('agents', { agent: made.agentId })
            agents.reload()
          }}
        />
      ) : null}
    </div>
  )
}
