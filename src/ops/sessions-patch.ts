// Changing a session's label and settings.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { thinkingLevels } from '../define/provider.ts'
import { agentOf } from '../domain/session-key.ts'
import { patchSession } from '../engine/sessions/index.ts'
import { withLogin } from '../domain/model-ref.ts'
import type { Services } from './services.ts'
import { splitRef } from './session-row.ts'
import { keyOf, usualModel } from './find-session.ts'

const text = () => z.string().nullable().optional()
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values).nullable().optional()

export const sessionsPatch = defineOp({
  id: 'sessions.patch',
  summary: 'Changes a session’s label and settings; null clears one.',
  scope: 'admin',
  params: z.strictObject({
    key: z.string().min(1).optional().describe('the session’s key'),
    sessionKey: z.string().min(1).optional().describe('the same as key'),
    label: z.string().max(64).nullable().optional().describe('a name, unique among sessions'),
    thinkingLevel: text().describe(`how much the model thinks: ${thinkingLevels.join(', ')}`),
    verboseLevel: oneOf(['on', 'off', 'full']).describe('how much of its tools is shown'),
    reasoningLevel: oneOf(['on', 'off', 'stream']).describe('whether thinking is shown'),
    responseUsage: oneOf(['off', 'tokens', 'full', 'on']).describe('what is said about tokens'),
    elevatedLevel: oneOf(['on', 'off', 'ask', 'full']).describe('how far tools may reach'),
    execHost: oneOf(['sandbox', 'gateway', 'node']).describe('where commands run'),
    execSecurity: oneOf(['deny', 'allowlist', 'full']).describe('which commands may run'),
    execAsk: oneOf(['off', 'on-miss', 'always']).describe('when a person is asked'),
    execNode: text().describe('the node commands run on'),
    model: text().describe('provider/model; null for the default'),
    spawnedBy: text().describe('the session that made this sub-agent'),
    spawnDepth: z.number().int().min(0).nullable().optional().describe('how deep the sub-agent is'),
    sendPolicy: oneOf(['allow', 'deny']).describe('whether answers go out'),
    groupActivation: oneOf(['mention', 'always']).describe('when groups are answered'),
  }),
  simpleOnly: ['sessionKey'],
  result: z.object({
    ok: z.literal(true),
    path: z.string(),
    key: z.string(),
    entry: z.object({ sessionId: z.string(), updatedAt: z.number() }).loose(),
    resolved: z.object({ modelProvider: z.string(), model: z.string() }),
  }),
  examples: [{ params: { key: 'main', label: 'Work' } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const { key: given, sessionKey, label, ...wishes } = p
    const name = given ?? sessionKey
    if (name === undefined) throw new Fault('INVALID_REQUEST', "must have required property 'key'")
    const key = keyOf(e, name)
    const agent = agentOf(key, e.world.settings.defaultAgent())
    const settings: Record<string, string | number | null> = {}
    for (const [field, value] of Object.entries(wishes)) if (value !== undefined) settings[field] = value
    if (typeof p.thinkingLevel === 'string' && !(thinkingLevels as readonly string[]).includes(p.thinkingLevel))
      throw new Fault('INVALID_REQUEST', `invalid thinkingLevel (use ${thinkingLevels.join('|')})`)
    if (typeof p.model === 'string')
      settings['model'] = withLogin(e.world.settings.candidates(agent, p.model)[0]?.ref ?? p.model, p.model)
    if (settings['reasoningLevel'] === 'off') settings['reasoningLevel'] = null
    if (settings['responseUsage'] === 'off') settings['responseUsage'] = null
    if ((p.spawnedBy ?? p.spawnDepth) !== undefined && !key.includes('subagent:'))
      throw new Fault('INVALID_REQUEST', 'spawnedBy and spawnDepth are for sub-agent sessions only')
    const s = await patchSession(e.world, key, { settings, ...(label === undefined ? {} : { label: label || null }) })
    const ref = s.settings.model ?? usualModel(e, s.agent)?.ref ?? ''
    return {
      ok: true as const,
      path: e.world.db.path,
      key: s.key,
      entry: {
        ...s.settings,
        sessionId: s.id,
        updatedAt: s.updatedAt,
        ...(s.label === undefined ? {} : { label: s.label }),
      },
      resolved: { modelProvider: splitRef(ref).provider, model: splitRef(ref).model },
    }
  },
})
