// What a test's engine is told of tools and skills, unless the test says otherwise.
import type { MemoryRule } from '../../src/domain/memory.ts'
import type { HookRule } from '../../src/domain/hook.ts'
import type { SpeechRule } from '../../src/domain/speech.ts'
import type { SkillRule } from '../../src/domain/skill.ts'
import type { NodePrograms } from '../../src/engine/world.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { EngineSettings } from '../../src/engine/settings.ts'
import type { Provider } from '../../src/define/provider.ts'
import { candidateOf } from './scripted.ts'

/** Skills of nowhere: the built-in ones only. */
export const noSkills: SkillRule = {
  roots: [],
  limits: { candidates: 300, perSource: 200, inPrompt: 150, promptChars: 30_000, fileBytes: 256_000 },
  allowBundled: [],
  native: true,
  setting: () => undefined,
  truthy: () => false,
  hasEnv: () => false,
  env: () => ({}),
}

/** No hooks at all. */
export const noHooks: HookRule = {
  enabled: false,
  stateDir: '/nonexistent',
  roots: [],
  entry: () => undefined,
  handlers: [],
  truthy: () => false,
  hasEnv: () => false,
}

/** Notes searched by words alone, with the usual weights. */
export const usualMemory = (index: string): MemoryRule => ({
  enabled: true,
  index,
  extraPaths: [],
  chunkChars: 1600,
  overlapChars: 320,
  onSearch: true,
  onSessionStart: true,
  cacheEntries: 1000,
  citations: true,
  query: { maxResults: 6, minScore: 0.35, hybrid: true, vectorWeight: 0.7, textWeight: 0.3, candidates: 24 },
})

/** Nobody who speaks. */
export const noSpeech: SpeechRule = {
  auto: 'off',
  parts: false,
  may: { text: true, provider: true, voice: true, model: true, settings: true, normalization: true, seed: true },
  maxChars: 4096,
  timeoutMs: 30_000,
  speakers: {},
  hasVoice: (channel) => channel === 'telegram',
}

const nobody = () => {
  throw new Fault('UNAVAILABLE', 'there is no connected node that runs programs')
}

/** No other machines. */
export const noNodes: NodePrograms = { find: nobody, run: nobody }

type ToolSettings = Pick<
  EngineSettings,
  | 'skills'
  | 'hooks'
  | 'toolWarnings'
  | 'modelChoices'
  | 'typingMs'
  | 'maintenance'
  | 'envelope'
  | 'box'
  | 'notElevated'
  | 'bash'
  | 'blocks'
  | 'budget'
  | 'memory'
  | 'memoryFlush'
  | 'webFetch'
  | 'webSearch'
  | 'subagents'
  | 'sessionTools'
  | 'pingPongTurns'
  | 'messageRule'
  | 'imageCandidates'
  | 'understanding'
  | 'speech'
  | 'backgroundRule'
>

/** The settings that concern tools. */
export function toolSettings(provider: Provider, top: string): ToolSettings {
  return {
    skills: () => noSkills,
    hooks: () => noHooks,
    toolWarnings: () => true,
    webFetch: () => ({ maxChars: 50_000, maxCharsCap: 50_000, cacheMs: 0, timeoutMs: 30_000, maxRedirects: 3 }),
    modelChoices: () => [],
    typingMs: () => 6000,
    maintenance: () => ({ does: false, idleMs: 30 * 86_400_000, most: 500 }),
    envelope: () => ({ zone: 'UTC', time: true, elapsed: true, hours: 24 }),
    webSearch: () => undefined,
    box: () => undefined,
    notElevated: () => 'nobody may',
    blocks: () => ({
      usual: false,
      at: 'text_end',
      min: 800,
      max: 1200,
      least: 800,
      prefer: 'paragraph',
      idleMs: 1000,
    }),
    bash: () => ({ enabled: false, foregroundMs: 2000 }),
    budget: () => undefined,
    memory: (agent) => usualMemory(`${top}/memory/${agent}.db`),
    memoryFlush: () => undefined,
    subagents: () => ({ maxDepth: 2, maxChildren: 3, archiveMs: 3_600_000, allowAgents: [], tools: {} }),
    sessionTools: () => ({ visibility: 'tree', talk: { enabled: false, allow: [] } }),
    pingPongTurns: () => 0,
    messageRule: () => ({
      sameChannel: true,
      otherChannels: false,
      prefix: '[from {channel}] ',
      suffix: '',
      broadcast: true,
    }),
    understanding: () => undefined,
    speech: () => noSpeech,
    imageCandidates: (_agent, ref) => [candidateOf(ref ?? 'a/sees', provider, { input: ['text', 'image'] })],
    backgroundRule: () => ({ yieldMs: 10_000, keepMs: 1_800_000, tell: true, tellEmpty: false }),
  }
}
