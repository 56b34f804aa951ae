// The `messages.tts` fields: answers that are spoken.
import { flag, group, hidden, int, intOr, maybe, no, num, text, word, wordOr, yes } from '../fields.ts'

/** Speech. */
export const tts = group('spoken answers', {
  auto: wordOr('off', ['off', 'always', 'inbound', 'tagged'], 'never, always, to spoken messages, or where marked'),
  enabled: flag('older word for auto always'),
  mode: wordOr('final', ['final', 'all'], 'only the answer, or every piece'),
  provider: word(['elevenlabs', 'openai', 'edge'], 'who speaks; the first with a key when left out'),
  summaryModel: text('model that shortens long answers'),
  modelOverrides: group('what the model may choose', {
    enabled: yes('let it choose'),
    allowText: yes('the text spoken'),
    allowProvider: yes('who speaks'),
    allowVoice: yes('the voice'),
    allowModelId: yes('the speech model'),
    allowVoiceSettings: yes('how the voice sounds'),
    allowNormalization: yes('how numbers are read'),
    allowSeed: yes('the seed'),
  }),
  elevenlabs: maybe('ElevenLabs', {
    apiKey: hidden('its key'),
    baseUrl: text('its address'),
    voiceId: text('voice'),
    modelId: text('speech model'),
    seed: int(0, 'seed', 4_294_967_295),
    applyTextNormalization: word(['auto', 'on', 'off'], 'read numbers as words'),
    languageCode: text('language'),
    voiceSettings: maybe('how the voice sounds', {
      stability: num(0, 'steadiness', 1),
      similarityBoost: num(0, 'likeness', 1),
      style: num(0, 'expression', 1),
      useSpeakerBoost: flag('more likeness'),
      speed: num(0.5, 'speed', 2),
    }),
  }),
  openai: maybe('OpenAI', {
    apiKey: hidden('its key'),
    baseUrl: text('its address, or that of a server like it'),
    model: text('speech model'),
    voice: text('voice'),
  }),
  edge: maybe('Edge', {
    enabled: flag('whether it may be used'),
    voice: text('voice'),
    lang: text('language'),
    outputFormat: text('sound format'),
    pitch: text('pitch'),
    rate: text('speed'),
    volume: text('volume'),
    saveSubtitles: no('also save subtitles'),
    proxy: text('proxy'),
    timeoutMs: int(1000, 'longest wait, in ms', 120_000),
  }),
  prefsPath: text('file of what users chose; of no effect, as it is kept in the database'),
  maxTextLength: intOr(4096, 1, 'longest text spoken, in characters'),
  timeoutMs: intOr(30_000, 1000, 'longest wait, in ms', 120_000),
})
