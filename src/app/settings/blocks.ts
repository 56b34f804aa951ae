// What the engine is told by the config of answers that are sent in parts.
import { normalizeAgentId } from '../../domain/session-key.ts'
import type { Config } from '../catalog.ts'
import type { BlockSettings } from '../../engine/settings.ts'

/** Channels on which small parts are joined longer: each would be a message with a sound. */
const patient: ReadonlySet<string> = new Set(['slack', 'discord', 'signal', 'googlechat'])

/** How an agent's answers are sent in parts on a channel, unless its account says otherwise. */
export function blockSettings(c: Config, id: string, channel: string): BlockSettings {
  const {
    blockStreamingDefault,
    blockStreamingBreak,
    blockStreamingChunk: chunk,
    blockStreamingCoalesce: join,
    humanDelay,
  } = c.agents.defaults
  const own = c.agents.list.find((a) => normalizeAgentId(a.id) === id)?.humanDelay
  const delay = { ...humanDelay, ...Object.fromEntries(Object.entries(own ?? {}).filter(([, v]) => v !== undefined)) }
  const pause = delay.mode === 'natural' ? { minMs: 800, maxMs: 2500 } : { minMs: delay.minMs, maxMs: delay.maxMs }
  const min = join.minChars ?? (patient.has(channel) ? Math.max(1500, chunk.minChars) : chunk.minChars)
  return {
    usual: blockStreamingDefault === 'on',
    at: blockStreamingBreak,
    min,
    max: Math.max(min, join.maxChars ?? chunk.maxChars),
    least: chunk.minChars,
    prefer: chunk.breakPreference,
    idleMs: join.idleMs,
    ...(delay.mode === 'off' ? {} : { pause }),
  }
}
