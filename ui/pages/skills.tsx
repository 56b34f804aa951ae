// Skills: what an agent can pick up, what each of them lacks, and getting it for them.
import { useState } from 'preact/hooks'
import { Approval } from '../parts/approval.tsx'
import { Card, Empty, Facts, Loaded, PageHead } from '../parts/bits.tsx'
import { SkillRow } from '../parts/skill-row.tsx'
import { useOp } from '../store.ts'
import { t } from '../words.ts'

/** The page. */
export function Page() {
  const status = useOp('skills.status', {}, { on: ['config.changed'] })
  // What installs something runs a program, and a person may be asked about that.
  const [installing, setInstalling] = useState(false)
  const approvals = useOp('exec.approval.list', {}, { on: ['exec.approval.'], off: !installing })
  return (
    <div class="stack">
      <PageHead title={t('page.skills')} about={t('skill.about')} />
      {installing ? approvals.data?.requests.map((request) => <Approval key={request.id} request={request} />) : null}
      <Loaded of={status}>
        {({ skills, workspaceDir, managedSkillsDir }) => (
          <>
            <Card>
              {skills.length ? (
                <ul class="rows">
                  {skills.map((s) => (
                    <SkillRow key={s.skillKey} skill={s} reload={status.reload} onInstalling={setInstalling} />
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
    </div>
  )
}
