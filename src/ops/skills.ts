// Skills: listed, explained, set up and approved.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import { redacted } from '../config/redact.ts'
import type { Skill } from '../domain/skill.ts'
import { agentRule } from './agent-identity.ts'
import type { Services } from './services.ts'
import { skillsInstall } from './skill-install.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine' | 'gateway' | 'config'>

const list = z.array(z.string())
const Needs = z.object({ bins: list, anyBins: list, env: list, config: list, os: list })

const Entry = z.object({
  name: z.string(),
  description: z.string(),
  source: z.string(),
  bundled: z.boolean(),
  filePath: z.string(),
  baseDir: z.string(),
  skillKey: z.string(),
  primaryEnv: z.string().optional(),
  emoji: z.string().optional(),
  homepage: z.string().optional(),
  always: z.boolean(),
  disabled: z.boolean(),
  blockedByAllowlist: z.boolean(),
  eligible: z.boolean(),
  /** Its files are not those that were approved. */
  changed: z.boolean().optional(),
  requirements: Needs,
  missing: Needs,
  configChecks: z.array(z.object({ path: z.string(), satisfied: z.boolean() })),
  install: z.array(z.object({ id: z.string(), kind: z.string(), label: z.string(), bins: list })),
})

type Entry = z.output<typeof Entry>

const copied = (n: Skill['needs']) => ({
  bins: [...n.bins],
  anyBins: [...n.anyBins],
  env: [...n.env],
  config: [...n.config],
  os: [...n.os],
})

const entryOf = (s: Skill): Entry => ({
  name: s.name,
  description: s.description,
  source: s.source,
  bundled: s.bundled,
  filePath: s.file,
  baseDir: s.dir,
  skillKey: s.key,
  ...(s.primaryEnv === undefined ? {} : { primaryEnv: s.primaryEnv }),
  ...(s.emoji === undefined ? {} : { emoji: s.emoji }),
  ...(s.homepage === undefined ? {} : { homepage: s.homepage }),
  always: s.always,
  disabled: s.disabled,
  blockedByAllowlist: s.blocked,
  eligible: s.eligible,
  ...(s.changed ? { changed: true } : {}),
  requirements: copied(s.needs),
  missing: copied(s.missing),
  configChecks: s.needs.config.map((path) => ({ path, satisfied: !s.missing.config.includes(path) })),
  install: s.install.map((i) => ({ id: i.id, kind: i.kind, label: i.label, bins: [...i.bins] })),
})

/** What keeps a skill from being used, in words; empty for one that can be. */
function lacks(s: Entry): string {
  if (s.changed) return `its files changed: oclaw skills approve ${s.name}`
  if (s.disabled) return 'switched off'
  if (s.blockedByAllowlist) return 'not on the allowlist'
  const { bins, anyBins, env, config, os } = s.missing
  return [
    ...bins.map((b) => `program ${b}`),
    ...(anyBins.length ? [`one of ${anyBins.join(', ')}`] : []),
    ...env.map((e) => `variable ${e}`),
    ...config.map((c) => `config ${c}`),
    ...(os.length ? [`system ${os.join(' or ')}`] : []),
  ].join('; ')
}

const agentId = z.string().optional().describe('the agent')

/** The skills of an agent. Throws NOT_FOUND for an agent that is not there. */
function skillsOf(s: Needed, agent: string | undefined): Entry[] {
  const rule = agentRule(s, agent ?? s.engine.world.settings.defaultAgent())
  return s.engine.kit.skills.all(rule).map(entryOf)
}

/** Skills that did not come with the program and cannot be used, with what each lacks; none that was switched off. */
export const unusable = (s: Needed): { name: string; lacks: string }[] => unusableOf(skillsOf(s, undefined))

/** The same of a list as `skills.status` tells it. */
export const unusableOf = (skills: readonly Entry[]): { name: string; lacks: string }[] =>
  skills
    .filter((e) => !e.bundled && !e.eligible && !e.blockedByAllowlist && (e.changed === true || !e.disabled))
    .map((e) => ({ name: e.name, lacks: lacks(e) }))

const status = defineOp({
  id: 'skills.status',
  summary: 'Lists the skills of an agent.',
  scope: 'read',
  params: z.strictObject({
    agentId,
    eligible: z.boolean().optional().describe('only those that can be used now'),
    verbose: z.boolean().optional().describe('say what is missing'),
  }),
  simpleOnly: ['eligible', 'verbose'],
  result: z.object({ workspaceDir: z.string(), managedSkillsDir: z.string(), skills: z.array(Entry) }),
  cli: {
    path: 'skills list',
    aliases: ['skills'],
    short: { verbose: 'v' },
    print: (r, p) =>
      r.skills.length
        ? table(
            ['', 'Skill', 'Source', 'Description', ...(p.verbose ? ['Missing'] : [])],
            r.skills.map((s) => [
              s.eligible ? '✓' : s.disabled || s.blockedByAllowlist ? '-' : '✗',
              s.name,
              s.source.replace('openclaw-', ''),
              s.description.slice(0, 60),
              ...(p.verbose ? [lacks(s)] : []),
            ]),
          )
        : 'There are no skills.',
  },
  examples: [{ params: {} }, { params: { eligible: true } }],
  handler: ({ params: p }, s: Needed) => ({
    workspaceDir: agentRule(s, p.agentId ?? s.engine.world.settings.defaultAgent()).workspace,
    managedSkillsDir: join(s.gateway.stateDir, 'skills'),
    skills: skillsOf(s, p.agentId).filter((x) => !p.eligible || x.eligible),
  }),
})

const Pin = z.object({
  hash: z.string(),
  bins: list.readonly(),
  env: list.readonly(),
  config: list.readonly(),
  installs: list.readonly(),
  files: list.readonly(),
})

const info = defineOp({
  id: 'skills.info',
  summary: 'Shows what a skill is, needs and may do.',
  scope: 'read',
  params: z.strictObject({ name: z.string().min(1).describe('the skill'), agentId }),
  result: Entry.extend({ pinned: Pin.optional() }),
  cli: {
    path: 'skills info',
    args: ['name'],
    print: (s) =>
      [
        `${s.emoji ? `${s.emoji} ` : ''}${s.name}: ${s.description}`,
        `From:      ${s.source}, ${s.filePath}`,
        `State:     ${s.eligible ? 'ready' : `not ready (${lacks(s)})`}`,
        ...(s.homepage ? [`Homepage:  ${s.homepage}`] : []),
        ...(s.primaryEnv ? [`Key:       ${s.primaryEnv}`] : []),
        ...s.install.map((i) => `Install:   oclaw skills install ${s.name} ${i.id}   (${i.label})`),
        ...(s.pinned ? [`Approved:  sha256 ${s.pinned.hash}, with ${s.pinned.files.length} other files`] : []),
      ].join('\n'),
  },
  examples: [{ params: { name: 'skill-creator' } }],
  handler: ({ params: p }, s: Needed) => {
    const found = skillsOf(s, p.agentId).find((x) => x.name === p.name || x.skillKey === p.name)
    if (!found)
      throw new Fault('NOT_FOUND', `there is no skill "${p.name}"; \`oclaw skills list\` shows those there are`)
    const pinned = s.engine.kit.skills.pinned(found.name)
    return { ...found, ...(pinned && found.source === 'openclaw-managed' ? { pinned } : {}) }
  },
})

const check = defineOp({
  id: 'skills.check',
  summary: 'Counts skills that are ready, and says what the others lack.',
  scope: 'read',
  params: z.strictObject({ agentId }),
  result: z.object({
    summary: z.object({
      total: z.number(),
      eligible: z.number(),
      disabled: z.number(),
      blocked: z.number(),
      missingRequirements: z.number(),
    }),
    skills: z.array(Entry),
  }),
  cli: {
    path: 'skills check',
    print: (r) =>
      [
        `${r.summary.eligible} of ${r.summary.total} skills are ready.`,
        ...r.skills.filter((s) => !s.eligible).map((s) => `  ${s.name}: ${lacks(s)}`),
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: ({ params: p }, s: Needed) => {
    const skills = skillsOf(s, p.agentId)
    const count = (of: (x: Entry) => boolean) => skills.filter(of).length
    const summary = {
      total: skills.length,
      eligible: count((x) => x.eligible),
      disabled: count((x) => x.disabled),
      blocked: count((x) => x.blockedByAllowlist),
      missingRequirements: count((x) => !x.eligible && !x.disabled && !x.blockedByAllowlist),
    }
    return { summary, skills }
  },
})

const approve = defineOp({
  id: 'skills.approve',
  summary: 'Lets a managed skill whose files changed be used again, as it is now.',
  scope: 'admin',
  params: z.strictObject({ name: z.string().min(1).describe('the skill'), agentId }),
  result: z.object({ ok: z.literal(true), name: z.string(), pinned: Pin, gained: list }),
  cli: {
    path: 'skills approve',
    args: ['name'],
    print: (r) =>
      `${r.name} is approved (sha256 ${r.pinned.hash}).${r.gained.length ? ` New: ${r.gained.join(', ')}.` : ''}`,
  },
  examples: [{ params: { name: 'weather' }, note: 'a managed skill' }],
  handler: async ({ params: p }, s: Needed) => {
    const rule = agentRule(s, p.agentId ?? s.engine.world.settings.defaultAgent())
    const { pin, before } = await s.engine.kit.skills.approve(rule, p.name)
    const all = (x: typeof before) => (x ? [...x.bins, ...x.env, ...x.config, ...x.installs, ...x.files] : [])
    return { ok: true as const, name: p.name, pinned: pin, gained: all(pin).filter((x) => !all(before).includes(x)) }
  },
})

const update = defineOp({
  id: 'skills.update',
  summary: 'Sets a skill up.',
  scope: 'admin',
  params: z.strictObject({
    skillKey: z.string().min(1).describe('the skill'),
    enabled: z.boolean().optional().describe('whether it is used'),
    apiKey: z.string().optional().describe('its key; empty to remove it'),
    env: z.record(z.string(), z.string()).optional().describe('variables it is given; an empty value removes one'),
  }),
  result: z.object({ ok: z.literal(true), skillKey: z.string(), config: z.record(z.string(), z.unknown()) }),
  cli: { path: 'skills update', args: ['skillKey'], print: (r) => `${r.skillKey} is set up.` },
  examples: [{ params: { skillKey: 'weather', enabled: false } }],
  handler: async ({ params: p, caller }, s: Needed) => {
    const cleared = (text: string) => text.trim() || null
    const env = p.env && Object.fromEntries(Object.entries(p.env).map(([k, v]) => [k.trim(), cleared(v)]))
    const entry = {
      ...(p.enabled === undefined ? {} : { enabled: p.enabled }),
      ...(p.apiKey === undefined ? {} : { apiKey: cleared(p.apiKey) }),
      ...(env ? { env } : {}),
    }
    const patch = { skills: { entries: { [p.skillKey]: entry } } }
    const done = await s.config.change(
      { kind: 'patch', patch },
      { needsHash: false, who: `skills.update by ${caller.id}` },
    )
    const now = getPath(done.config, ['skills', 'entries', p.skillKey])
    const kept = (typeof now === 'object' && now !== null ? now : {}) as Readonly<Record<string, unknown>>
    const names = Object.keys(kept['env'] ?? {})
    return {
      ok: true as const,
      skillKey: p.skillKey,
      config: {
        ...kept,
        ...(kept['apiKey'] === undefined ? {} : { apiKey: redacted }),
        ...(names.length ? { env: Object.fromEntries(names.map((n) => [n, redacted])) } : {}),
      },
    }
  },
})

export const skillOps = [status, info, check, skillsInstall, update, approve] as const
