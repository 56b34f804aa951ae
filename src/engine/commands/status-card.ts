// The card that says how a session stands.
import { agentOf } from '../../domain/session-key.ts'
import * as sessions from '../../store/sessions.ts'
import { capsOf } from '../budget.ts'
import type { Dispatch } from '../dispatch.ts'
import { queueLine, queueRule } from './queue-words.ts'
import type { TurnKit } from '../turn-kit.ts'

/** A setting as it is in force. */
export const on = (text: string | undefined, usual: string): string => text ?? `${usual} (default)`

/** The status card of a session. */
export function statusCard(kit: TurnKit, dispatch: Dispatch, key: string): string {
  const { world } = kit
  const session = sessions.byKey(world.db, key)
  const candidate = world.settings.candidates(agentOf(key, world.settings.defaultAgent()), session?.settings.model)[0]
  const window = candidate?.info.contextWindow ?? 0
  const used = session?.contextTokens ?? 0
  const running = kit.runs.ofSession(key)
  const agent = agentOf(key, world.settings.defaultAgent())
  const caps = capsOf(world, { agent, session: key }).map(
    (c) => `Spent: $${c.spent.toFixed(2)} of $${c.max.toFixed(2)} (${c.cap})`,
  )
  return [
    `Session: ${key}`,
    `Model: ${candidate?.ref ?? 'none'}`,
    `Context: ${used} / ${window} tokens (${window ? Math.round((used / window) * 100) : 0} %), ${session?.compactions ?? 0} compaction(s)`,
    `Tokens in all: ${session?.inputTokens ?? 0} in, ${session?.outputTokens ?? 0} out`,
    `Thinking: ${on(session?.settings.thinkingLevel, candidate?.info.reasoning ? 'low' : 'off')}`,
    `Queue: ${queueLine(queueRule(world.settings.queue(session?.origin.to?.channel ?? 'webchat'), session?.settings ?? {}))}, ${dispatch.waiting(key)} waiting`,
    ...caps,
    running ? `Running since ${Math.round((world.clock.now() - running.startedAt) / 1000)} s` : 'Idle',
  ].join('\n')
}
