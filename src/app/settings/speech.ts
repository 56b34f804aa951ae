// What the engine is told by the config of spoken answers: when, by whom, with which key and voice.
import { Secret } from '../../lib/secret.ts'
import type { SpeechRule, VoiceWish } from '../../domain/speech.ts'
import type { Env } from '../../config/paths.ts'
import { channels } from '../../channels/index.ts'
import { elevenlabsSpeaker, openaiSpeaker } from '../../providers/speech.ts'
import type { Config } from '../catalog.ts'
import type { Models } from '../models/index.ts'

type Said = Config['messages']['tts']

/** The first of these that holds something. */
function keyIn(env: Env, ...names: readonly string[]): Secret | undefined {
  const value = names.map((n) => env[n]?.trim()).find(Boolean)
  return value ? new Secret(value) : undefined
}

/** A wish without what the config leaves open. */
const wishOf = (fields: { readonly [K in keyof VoiceWish]: VoiceWish[K] | undefined }): VoiceWish =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined))

const elevenlabsKeys = ['ELEVENLABS_API_KEY', 'XI_API_KEY'] as const

/** Whether the config or the environment has a key of somebody who speaks. */
export function canSpeak(c: Config, env: Env): boolean {
  const { openai, elevenlabs } = c.messages.tts
  const own = openai?.apiKey ?? elevenlabs?.apiKey ?? c.models.providers['openai']?.apiKey
  return own !== undefined || keyIn(env, 'OPENAI_API_KEY', 'OPENAI_API_KEYS', ...elevenlabsKeys) !== undefined
}

/** Settings over the config of the moment. */
export function speechSettings(config: () => Config, env: () => Env, models: Models) {
  function openai(said: Said) {
    const [where] = models.endpoints('openai', 'main')
    const key = said.openai?.apiKey ?? where?.key
    if (!key) return {}
    const baseUrl = said.openai?.baseUrl ?? (env()['OPENAI_TTS_BASE_URL']?.trim() || where?.baseUrl)
    const usual = wishOf({ voice: said.openai?.voice, model: said.openai?.model })
    return { openai: openaiSpeaker({ key, baseUrl, usual, fetch: globalThis.fetch }) }
  }

  function elevenlabs(said: Said) {
    const own = said.elevenlabs
    const key = own?.apiKey ?? keyIn(env(), ...elevenlabsKeys)
    if (!key) return {}
    const usual = wishOf({
      voice: own?.voiceId,
      model: own?.modelId,
      seed: own?.seed,
      normalization: own?.applyTextNormalization,
      language: own?.languageCode,
      ...own?.voiceSettings,
    })
    return { elevenlabs: elevenlabsSpeaker({ key, baseUrl: own?.baseUrl, usual, fetch: globalThis.fetch }) }
  }

  return (): SpeechRule => {
    const said = config().messages.tts
    const { enabled, allowText, allowProvider, allowVoice, allowModelId, allowVoiceSettings, ...may } =
      said.modelOverrides
    return {
      auto: said.auto === 'off' && said.enabled ? 'always' : said.auto,
      parts: said.mode === 'all',
      provider: said.provider,
      summaryModel: said.summaryModel,
      may: {
        text: enabled && allowText,
        provider: enabled && allowProvider,
        voice: enabled && allowVoice,
        model: enabled && allowModelId,
        settings: enabled && allowVoiceSettings,
        normalization: enabled && may.allowNormalization,
        seed: enabled && may.allowSeed,
      },
      maxChars: said.maxTextLength,
      timeoutMs: said.timeoutMs,
      get speakers() {
        return { ...openai(said), ...elevenlabs(said) }
      },
      hasVoice: (id) => channels.all.some((c) => c.id === id && (c.can as readonly string[]).includes('voice')),
    }
  }
}
