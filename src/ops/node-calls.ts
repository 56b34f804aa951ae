// What nodes themselves may call: answering what they were asked, and telling what happens where they are.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp, type Caller } from '../define/op.ts'
import { untrusted } from '../domain/untrusted.ts'
import { noteEvent } from '../engine/system-event.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'

/** Only nodes come in here. Throws FORBIDDEN for everyone else. */
function onlyNodes(caller: Caller) {
  if (caller.kind !== 'node') throw new Fault('FORBIDDEN', `unauthorized role: ${caller.kind}`)
}

const payload = z.unknown().optional().describe('the answer')
const payloadJSON = z.string().nullish().describe('the answer as JSON text')

const result = defineOp({
  id: 'node.invoke.result',
  summary: 'Answers what a node was asked.',
  scope: 'public',
  params: z.strictObject({
    id: z.string().min(1).describe('the id of the question'),
    nodeId: z.string().min(1).describe('the node'),
    ok: z.boolean().describe('whether it went well'),
    payload,
    payloadJSON,
    error: z
      .strictObject({ code: z.string().optional(), message: z.string().optional() })
      .nullish()
      .describe('what went wrong'),
  }),
  result: z.object({ ok: z.literal(true), ignored: z.boolean().optional() }),
  examples: [{ params: { id: 'x', nodeId: 'ab12', ok: true }, note: 'a node that was asked' }],
  handler: ({ params: p, caller }, { gateway }: Pick<Services, 'gateway'>) => {
    onlyNodes(caller)
    const done =
      p.nodeId === caller.id
        ? gateway.nodes.answer(caller.id, p.id, {
            ok: p.ok,
            ...(p.payload === undefined ? {} : { payload: p.payload }),
            ...(p.payloadJSON ? { payloadJSON: p.payloadJSON } : {}),
            ...(p.error ? { error: p.error } : {}),
          })
        : 'of another'
    if (done === 'of another') throw new Fault('INVALID_REQUEST', 'nodeId mismatch')
    return { ok: true as const, ...(done === 'unknown' ? { ignored: true } : {}) }
  },
})

/** What events of nodes say, as far as it is understood. */
const Said = z.object({
  text: z.string().optional(),
  message: z.string().optional(),
  sessionKey: z.string().optional(),
  thinking: z.string().optional(),
  deliver: z.boolean().optional(),
  timeoutSeconds: z.number().optional(),
  key: z.string().optional(),
  host: z.string().optional(),
  command: z.string().optional(),
  exitCode: z.number().nullish(),
  output: z.string().optional(),
  reason: z.string().optional(),
})

function saidOf(p: { payload?: unknown; payloadJSON?: string | null | undefined }) {
  try {
    return Said.safeParse(p.payload ?? JSON.parse(p.payloadJSON ?? '{}')).data ?? {}
  } catch {
    return {} // an event that cannot be read is like one that is not known
  }
}

const event = defineOp({
  id: 'node.event',
  summary: 'Tells what happened on a node: something was said, or a program ended.',
  scope: 'public',
  params: z.strictObject({ event: z.string().min(1).describe('what kind of event'), payload, payloadJSON }),
  result: z.object({ ok: z.literal(true) }),
  examples: [{ params: { event: 'chat.subscribe', payload: { sessionKey: 'main' } }, note: 'a node' }],
  handler: async (
    { params: p, caller },
    { engine: e, gateway, clock }: Pick<Services, 'engine' | 'gateway' | 'clock'>,
  ) => {
    onlyNodes(caller)
    const said = saidOf(p)
    const session = keyOf(e, said.sessionKey ?? 'main')
    const text = (said.text ?? said.message ?? '').trim()
    switch (p.event) {
      case 'chat.subscribe':
      case 'chat.unsubscribe':
        gateway.nodes.follow(caller.id, session, p.event === 'chat.subscribe')
        break
      case 'voice.transcript':
      case 'agent.request':
        if (!text) break
        await e.intake.submit({
          session,
          text,
          media: [],
          run: said.key ?? newId('run', clock),
          client: caller.id,
          own: true,
          options: {
            owner: false,
            ...(said.thinking === undefined ? {} : { thinking: said.thinking }),
            ...(said.deliver === undefined ? {} : { deliver: said.deliver }),
            ...(said.timeoutSeconds ? { timeoutMs: said.timeoutSeconds * 1000 } : {}),
          },
        })
        break
      case 'exec.started':
      case 'exec.finished':
      case 'exec.denied': {
        const code = typeof said.exitCode === 'number' ? `, exit code ${said.exitCode}` : ''
        const about = [said.command, said.reason, said.output?.slice(0, 2000)].filter(Boolean).join('\n')
        void noteEvent(
          e,
          session,
          `${p.event} on the node ${caller.id}${code}:\n${untrusted('what it says', about)}`,
        ).then(
          () => (e.heartbeat.takes(session) ? e.heartbeat.now(session) : undefined),
          (error: unknown) =>
            e.world.log.warn('what a node said was not noted', { node: caller.id, error: String(error) }),
        )
        break
      }
    }
    return { ok: true as const }
  },
})

const bins = defineOp({
  id: 'skills.bins',
  summary: 'Lists the programs that skills need, for nodes.',
  scope: 'public',
  params: z.strictObject({}),
  result: z.object({ bins: z.array(z.string()) }),
  examples: [{ params: {}, note: 'a node' }],
  handler: ({ caller }, { engine: e }: Pick<Services, 'engine'>) => {
    onlyNodes(caller)
    const { settings } = e.world
    const agents = settings.agents().flatMap((id) => settings.agent(id) ?? [])
    return { bins: [...new Set(agents.flatMap((a) => e.kit.skills.programs(a)))].sort() }
  },
})

export const nodeCallOps = [result, event, bins] as const
