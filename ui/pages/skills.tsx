// Skills: what an agent can pick up, and what the gateway says of them.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { Button, Card, Empty, Facts, Loaded, PageHead, Pill } from '../parts/bits.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

/** The parts of a skill that are shown, where the gateway tells them. */
interface Skill {
  readonly name: string
  readonly skillKey?: string
  readonly description?: string
  readonly disabled?: boolean
  readonly eligible?: boolean
}

function Install({ onClose }: { onClose(): void }) {
  return (
    <FormDialog
      title={t('skill.install')}
      yes={t('skill.install')}
      schema={{
        type: 'object',
        required: ['name', 'installId'],
        properties: {
          name: { type: 'string', title: t('skill.name') },
          installId: { type: 'string', title: t('skill.way'), description: t('skill.way.about') },
        },
      }}
      onClose={onClose}
      onSend={(v) => ops['skills.install']({ name: String(v['name']), installId: String(v['installId']) })}
    />
  )
}

/** The page. */
export function Page() {
  const [installing, setInstalling] = useState(false)
  const status = useOp('skills.status', {}, { on: ['config.changed'] })
  const set = (s: Skill) =>
    act(ops['skills.update']({ skillKey: s.skillKey ?? s.name, enabled: s.disabled === true }), t('saved')).then(
      status.reload,
    )
  return (
    <div class="stack">
      <PageHead title={t('page.skills')} about={t('skill.about')}>
        <Button icon="plus" data-new onClick={() => setInstalling(true)}>
          {t('skill.install')}
        </Button>
      </PageHead>
      <Loaded of={status}>
        {({ skills, workspaceDir, managedSkillsDir }) => (
          <>
            <Card>
              {skills.length ? (
                <ul class="rows">
                  {(skills as unknown as readonly Skill[]).map((s) => (
                    <li key={s.skillKey ?? s.name}>
                      <div class="grow">
                        <b>{s.name}</b>
                        <small>{s.description}</small>
                      </div>
                      <Pill tone={s.disabled ? 'quiet' : s.eligible === false ? 'warn' : 'good'}>
                        {t(s.disabled ? 'skill.off' : s.eligible === false ? 'skill.lacks' : 'skill.on')}
                      </Pill>
                      <Button onClick={() => set(s)}>{t(s.disabled ? 'skill.enable' : 'skill.disable')}</Button>
                    </li>
                  ))}
                </ul>
              ) : (
                <Empty>{t('skill.none')}</Empty>
              )}
            </Card>
            <Card title={t('skill.folders')}>
              <Facts
                of={[
                  [t('skill.workspace'), <code>{workspaceDir}</code>],
                  [t('skill.managed'), <code>{managedSkillsDir}</code>],
                ]}
              />
            </Card>
          </>
        )}
      </Loaded>
      {installing ? <Install onClose={() => setInstalling(false)} /> : null}
    </div>
  )
}
