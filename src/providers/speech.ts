// Makes speech of texts by OpenAI, by servers like it, and by ElevenLabs.
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import { speechModels, type Speaker, type Speech, type VoiceWish } from '../domain/speech.ts'

/** Where OpenAI and ElevenLabs are unless the config says otherwise. */
const usual = { openai: 'https://api.openai.com/v1', elevenlabs: 'https://api.elevenlabs.io' } as const

/** The voice of ElevenLabs that every account has. */
const usualVoice = 'pMsXgVXv3BLzUgSXRplE'

/** A server that speaks, and how it does unless a text wishes otherwise. */
export interface SpeechServer {
  readonly baseUrl?: string | undefined
  readonly key: Secret
  readonly usual: VoiceWish
  readonly fetch: typeof globalThis.fetch
}

async function sound(
  s: SpeechServer,
  name: string,
  request: { readonly url: string; readonly headers: Record<string, string>; readonly body: object },
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { url, body } = request
  const headers = { 'content-type': 'application/json', ...request.headers }
  const answer = await s
    .fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
    .catch((error: unknown) => {
      if (signal.aborted) throw error
      throw new Fault('UNAVAILABLE', `${name} cannot be reached at ${new URL(url).origin}`, { cause: error })
    })
  if (!answer.ok) {
    const why = s.key
      .hiddenIn(await answer.text())
      .replaceAll(/\s+/g, ' ')
      .slice(0, 200)
    throw new Fault('UNAVAILABLE', `${name} makes no speech: it answered ${answer.status} ${why}`)
  }
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (!bytes.length) throw new Fault('UNAVAILABLE', `${name} makes no speech: its answer is empty`)
  return bytes
}

const opus = (bytes: Uint8Array<ArrayBuffer>, format: string): Speech => ({
  bytes,
  mime: 'audio/ogg',
  ending: 'ogg',
  format,
  voice: true,
})
const mp3 = (bytes: Uint8Array<ArrayBuffer>, format: string): Speech => ({
  bytes,
  mime: 'audio/mpeg',
  ending: 'mp3',
  format,
  voice: false,
})

/** A fields object without what nobody said. */
const said = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined))

/** OpenAI's way, also of servers like it: https://platform.openai.com/docs/api-reference/audio/createSpeech */
export function openaiSpeaker(s: SpeechServer): Speaker {
  return async (text, { voice, wish: wanted }, signal) => {
    const wish = { ...s.usual, ...wanted }
    const format = voice ? 'opus' : 'mp3'
    const body = said({
      model: wish.model ?? speechModels.openai.models[0],
      voice: wish.voice ?? speechModels.openai.voices[0],
      input: text,
      response_format: format,
      speed: wish.speed,
    })
    const url = `${(s.baseUrl ?? usual.openai).replace(/\/$/, '')}/audio/speech`
    const bytes = await sound(
      s,
      'OpenAI',
      { url, headers: { authorization: `Bearer ${s.key.reveal()}` }, body },
      signal,
    )
    return voice ? opus(bytes, format) : mp3(bytes, format)
  }
}

/** ElevenLabs’ way: https://elevenlabs.io/docs/api-reference/text-to-speech/convert */
export function elevenlabsSpeaker(s: SpeechServer): Speaker {
  return async (text, { voice, wish: wanted }, signal) => {
    const wish = { ...s.usual, ...wanted }
    const format = voice ? 'opus_48000_64' : 'mp3_44100_128'
    const settings = said({
      stability: wish.stability,
      similarity_boost: wish.similarityBoost,
      style: wish.style,
      use_speaker_boost: wish.useSpeakerBoost,
      speed: wish.speed,
    })
    const body = said({
      text,
      model_id: wish.model ?? speechModels.elevenlabs.models[0],
      seed: wish.seed,
      apply_text_normalization: wish.normalization,
      language_code: wish.language,
      voice_settings: Object.keys(settings).length ? settings : undefined,
    })
    const base = (s.baseUrl ?? usual.elevenlabs).replace(/\/$/, '')
    const url = `${base}/v1/text-to-speech/${encodeURIComponent(wish.voice ?? usualVoice)}?output_format=${format}`
    const bytes = await sound(s, 'ElevenLabs', { url, headers: { 'xi-api-key': s.key.reveal() }, body }, signal)
    return voice ? opus(bytes, format) : mp3(bytes, format)
  }
}
