// Skills: instructions an agent can pick up. This build reads none yet, and says so truthfully.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentRule } from './agent-identity.ts'
import type { Services } from './services.ts'

const refuse = (): never => {
  throw new Fault('UNAVAILABLE', 'this build reads no skills, so there is none to install or set up')
}

const status = defineOp({
  id: 'skills.status',
  summary: 'Lists the skills of an agent.',
  scope: 'read',
  params: z.strictObject({ agentId: z.string().optional().describe('the agent') }),
  result: z.object({
    workspaceDir: z.string(),
    managedSkillsDir: z.string(),
    skills: z.array(z.record(z.string(), z.unknown())),
  }),
  cli: { path: 'skills list', aliases: ['skills'], print: () => 'There are no skills.' },
  examples: [{ params: {} }],
  handler: ({ params: p }, s: Pick<Services, 'engine' | 'gateway'>) => ({
    workspaceDir: agentRule(s, p.agentId ?? s.engine.world.settings.defaultAgent()).workspace,
    managedSkillsDir: join(s.gateway.stateDir, 'skills'),
    skills: [],
  }),
})

const install = defineOp({
  id: 'skills.install',
  summary: 'Installs what a skill needs.',
  scope: 'admin',
  params: z.strictObject({
    name: z.string().min(1).describe('the skill'),
    installId: z.string().min(1).describe('which way'),
    timeoutMs: z.number().int().min(1000).optional().describe('how long it may take, in ms'),
  }),
  result: z.object({ ok: z.boolean(), message: z.string() }),
  examples: [{ params: { name: 'weather', installId: 'brew' }, note: 'skills' }],
  handler: refuse,
})

const update = defineOp({
  id: 'skills.update',
  summary: 'Sets a skill up.',
  scope: 'admin',
  params: z.strictObject({
    skillKey: z.string().min(1).describe('the skill'),
    enabled: z.boolean().optional().describe('whether it is used'),
    apiKey: z.string().optional().describe('its key; empty to remove it'),
    env: z.record(z.string(), z.string()).optional().describe('variables it is given'),
  }),
  result: z.object({ ok: z.literal(true), skillKey: z.string(), config: z.record(z.string(), z.unknown()) }),
  examples: [{ params: { skillKey: 'weather', enabled: false }, note: 'skills' }],
  handler: refuse,
})

export const skillOps = [status, install, update] as const
