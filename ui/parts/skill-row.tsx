// One skill: what keeps it from being used, and what gets it what it lacks.
import { useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { act } from '../store.ts'
import { t } from '../words.ts'
import { Button, Pill } from './bits.tsx'
import { Confirm } from './dialog.tsx'
import { FormDialog } from './form-dialog.tsx'

export type Skill = Answer<'skills.status'>['skills'][number]

/** What a skill lacks, each in a few words. */
function lacks({ missing }: Skill): string[] {
  return [
    ...missing.bins.map((name) => t('skill.lacks.program', { name })),
    ...(missing.anyBins.length ? [t('skill.lacks.any', { names: missing.anyBins.join(', ') })] : []),
    ...missing.env.map((name) => t('skill.lacks.env', { name })),
    ...missing.config.map((path) => t('skill.lacks.config', { path })),
    ...(missing.os.length ? [t('skill.lacks.os', { names: missing.os.join(', ') })] : []),
  ]
}

function stateOf(s: Skill) {
  if (s.changed) return ['bad', 'skill.changed'] as const
  if (s.disabled) return ['quiet', 'skill.off'] as const
  if (s.blockedByAllowlist) return ['quiet', 'skill.blocked'] as const
  return s.eligible ? (['good', 'skill.on'] as const) : (['warn', 'skill.lacks'] as const)
}

/** Its key: written into the config, never shown again. */
function Key({ skill: s, onClose, reload }: { readonly skill: Skill; onClose(): void; reload(): void }) {
  return (
    <FormDialog
      title={t('skill.key.of', { name: s.name })}
      schema={{
        type: 'object',
        required: ['apiKey'],
        properties: {
          apiKey: { type: 'string', title: s.primaryEnv ?? '', description: t('skill.key.about'), secret: true },
        },
      }}
      onClose={onClose}
      onSend={(v) => ops['skills.update']({ skillKey: s.skillKey, apiKey: String(v['apiKey']) }).then(reload)}
    />
  )
}

interface SkillRowProps {
  readonly skill: Skill
  reload(): void
  /** Told when an install begins, and when it has ended. */
  onInstalling(now: boolean): void
}

/** The row. */
export function SkillRow({ skill: s, reload, onInstalling }: SkillRowProps) {
  const [open, setOpen] = useState<'key' | 'approve' | undefined>()
  const [tone, word] = stateOf(s)
  const missing = s.disabled ? [] : lacks(s)
  const programs = s.missing.bins.length + s.missing.anyBins.length > 0
  const ways = s.changed || s.disabled || !programs ? [] : s.install
  const set = () => act(ops['skills.update']({ skillKey: s.skillKey, enabled: s.disabled }), t('saved')).then(reload)
  const install = async (installId: string) => {
    onInstalling(true)
    await act(ops['skills.install']({ name: s.name, installId }), (done) => done.message)
    onInstalling(false)
    reload()
  }
  return (
    <li>
      <div class="grow">
        <b>{s.name}</b>
        <small>{s.description}</small>
        {missing.length ? <small class="lacks">{t('skill.missing', { what: missing.join('; ') })}</small> : null}
        {ways.length || s.primaryEnv || s.changed ? (
          <div class="actions">
            {ways.map((way) => (
              <Button key={way.id} icon="download" onClick={() => install(way.id)}>
                {way.label}
              </Button>
            ))}
            {s.primaryEnv === undefined ? null : (
              <Button onClick={() => setOpen('key')}>{t('skill.key', { name: s.primaryEnv })}</Button>
            )}
            {s.changed ? (
              <Button icon="check" onClick={() => setOpen('approve')}>
                {t('skill.approve')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      <Pill tone={tone}>{t(word)}</Pill>
      <Button onClick={set}>{t(s.disabled ? 'skill.enable' : 'skill.disable')}</Button>
      {open === 'key' ? <Key skill={s} reload={reload} onClose={() => setOpen(undefined)} /> : null}
      {open === 'approve' ? (
        <Confirm
          title={t('skill.approve.of', { name: s.name })}
          text={t('skill.approve.about', { folder: s.baseDir })}
          yes={t('skill.approve')}
          onYes={() => act(ops['skills.approve']({ name: s.name }), t('skill.approved', { name: s.name })).then(reload)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </li>
  )
}
