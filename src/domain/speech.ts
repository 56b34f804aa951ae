// Answers that are spoken: who speaks, what a model may choose of it, and the marks by which it does.

export const speechProviders = ['openai', 'elevenlabs', 'edge'] as const

/** Who could speak. */
export type SpeechProvider = (typeof speechProviders)[number]

/** The models and voices that are known; servers may have others. */
export const speechModels = {
  openai: {
    models: ['gpt-4o-mini-tts', 'tts-1', 'tts-1-hd'],
    voices: ['alloy', 'ash', 'coral', 'echo', 'fable', 'onyx', 'nova', 'sage', 'shimmer'],
  },
  elevenlabs: { models: ['eleven_multilingual_v2', 'eleven_turbo_v2_5', 'eleven_monolingual_v1'], voices: [] },
  edge: { models: [], voices: [] },
} as const

export const speechAutos = ['off', 'always', 'inbound', 'tagged'] as const

/** Which answers are spoken: none, all, those to spoken messages, or those the model marks. */
export type SpeechAuto = (typeof speechAutos)[number]

/** What one text is to sound like, where it is not as the config says. */
export interface VoiceWish {
  readonly voice?: string
  readonly model?: string
  readonly stability?: number
  readonly similarityBoost?: number
  readonly style?: number
  readonly speed?: number
  readonly useSpeakerBoost?: boolean
  readonly normalization?: string
  readonly language?: string
  readonly seed?: number
}

/** Sound: `format` as its provider names it; `voice` when platforms take it as a voice note. */
export interface Speech {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mime: string
  readonly ending: string
  readonly format: string
  readonly voice: boolean
}

/** Somebody who speaks: there is a key, and how to ask is known. `voice` wants what platforms take as a voice note. */
export type Speaker = (
  text: string,
  o: { readonly voice: boolean; readonly wish: VoiceWish },
  signal: AbortSignal,
) => Promise<Speech>

/** What the config says of speech. */
export interface SpeechRule {
  readonly auto: SpeechAuto
  /** Also the parts of an answer that are sent while it is written. */
  readonly parts: boolean
  readonly provider?: SpeechProvider | undefined
  readonly summaryModel?: string | undefined
  /** What a model may choose. */
  readonly may: {
    readonly text: boolean
    readonly provider: boolean
    readonly voice: boolean
    readonly model: boolean
    readonly settings: boolean
    readonly normalization: boolean
    readonly seed: boolean
  }
  /** Longest text that is spoken, in characters. */
  readonly maxChars: number
  readonly timeoutMs: number
  readonly speakers: Readonly<Partial<Record<SpeechProvider, Speaker>>>
  /** Whether a channel has voice notes. */
  hasVoice(channel: string): boolean
}

/** An answer without its marks of speech, and what they say. */
export interface SpeechMarks {
  readonly text: string
  /** Whether there were any. */
  readonly marked: boolean
  /** What is to be said instead of the text. */
  readonly spoken?: string
  readonly provider?: SpeechProvider
  readonly wish: VoiceWish
}

const textMark = /\[\[\s*tts:text\s*\]\]([\s\S]*?)(?:\[\[\s*\/tts:text\s*\]\]|$)/gi
const mark = /\[\[\s*tts(?::([^\]]*))?\]\]/gi

const between = (min: number, max: number) => (value: string) => {
  const n = Number(value)
  return value && n >= min && n <= max ? n : undefined
}
const text = (value: string) => value || undefined
const yesNo = (value: string) => ({ true: true, yes: true, on: true, false: false, no: false, off: false })[value]
const oneOf = (value: string) => (['auto', 'on', 'off'].includes(value) ? value : undefined)

/** The words of a mark, what they set, what of the config lets a model set it, and which values are good. */
const words: Readonly<Record<string, readonly [keyof VoiceWish, keyof SpeechRule['may'], (v: string) => unknown]>> = {
  voice: ['voice', 'voice', text],
  voiceid: ['voice', 'voice', text],
  model: ['model', 'model', text],
  modelid: ['model', 'model', text],
  stability: ['stability', 'settings', between(0, 1)],
  similarity: ['similarityBoost', 'settings', between(0, 1)],
  similarityboost: ['similarityBoost', 'settings', between(0, 1)],
  style: ['style', 'settings', between(0, 1)],
  speed: ['speed', 'settings', between(0.5, 2)],
  speakerboost: ['useSpeakerBoost', 'settings', yesNo],
  usespeakerboost: ['useSpeakerBoost', 'settings', yesNo],
  normalize: ['normalization', 'normalization', oneOf],
  applytextnormalization: ['normalization', 'normalization', oneOf],
  language: ['language', 'normalization', text],
  languagecode: ['language', 'normalization', text],
  seed: ['seed', 'seed', between(0, 4_294_967_295)],
}

/**
 * Takes `[[tts]]`, `[[tts:voice=nova speed=1.1]]` and `[[tts:text]]…[[/tts:text]]` out of an answer. Words that are not
 * known or not allowed, and values out of bounds, count for nothing. A text that is nothing but speech stays readable.
 */
export function speechMarks(answer: string, may?: SpeechRule['may']): SpeechMarks {
  if (!/\[\[\s*tts/i.test(answer)) return { text: answer, marked: false, wish: {} }
  let spoken = ''
  let provider: SpeechProvider | undefined
  let wish: VoiceWish = {}
  const rest = answer
    .replace(textMark, (_, said: string) => {
      spoken = [spoken, said.trim()].filter(Boolean).join('\n')
      return ''
    })
    .replace(mark, (_, said: string | undefined) => {
      for (const word of (said ?? '').split(/\s+/).filter(Boolean)) {
        const [name = '', value = ''] = word.split('=')
        const found = speechProviders.find((p) => p === value.toLowerCase())
        if (name.toLowerCase() === 'provider' && found && may?.provider) provider = found
        const [field, right, read] = words[name.toLowerCase().replaceAll(/[_-]/g, '')] ?? []
        const good = right && may?.[right] ? read?.(value) : undefined
        if (field && good !== undefined) wish = { ...wish, [field]: good }
      }
      return ''
    })
    .replaceAll(/[ \t]+\n/g, '\n')
    .trim()
  return {
    text: rest || spoken,
    marked: true,
    wish,
    ...(spoken && may?.text ? { spoken } : {}),
    ...(provider === undefined ? {} : { provider }),
  }
}
