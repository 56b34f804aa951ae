// The `tools.media` fields: how pictures, sound and film in messages are understood.
import { z } from 'zod'
import { byName, flag, group, int, intOr, list, maybe, scopeRules, text, texts, word, wordOr } from '../fields.ts'

const asking = {
  prompt: text('what the model is asked'),
  maxChars: int(1, 'most characters of the answer'),
  maxBytes: int(1, 'largest file, in bytes'),
  timeoutSeconds: int(1, 'longest wait, in seconds'),
  language: text('the language spoken'),
  providerOptions: byName(
    'settings passed to a provider, by its name',
    z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  ),
  deepgram: maybe('settings of Deepgram', {
    detectLanguage: flag('find out the language'),
    punctuate: flag('put punctuation'),
    smartFormat: flag('write numbers and dates nicely'),
  }),
  baseUrl: text('address of the provider'),
  headers: byName('headers sent to it', z.string()),
}

const models = (about: string) =>
  list(
    about,
    z.strictObject({
      provider: text('a provider'),
      model: text('its model'),
      capabilities: z
        .array(z.enum(['image', 'audio', 'video']))
        .optional()
        .describe('what it understands'),
      type: word(['provider', 'cli'], 'a provider or a program'),
      command: text('the program'),
      args: texts('its arguments'),
      profile: text('the auth profile'),
      preferredProfile: text('the auth profile tried first'),
      ...asking,
    }),
  )

const kind = (about: string, maxBytes: number, timeoutSeconds: number, maxChars: number) =>
  group(about, {
    ...asking,
    enabled: flag('understand them; yes when a model can'),
    scope: scopeRules('in which chats'),
    maxBytes: intOr(maxBytes, 1, 'largest file, in bytes'),
    maxChars: intOr(maxChars, 1, 'most characters of the answer'),
    timeoutSeconds: intOr(timeoutSeconds, 1, 'longest wait, in seconds'),
    attachments: group('which files of a message', {
      mode: wordOr('first', ['first', 'all'], 'the first or all'),
      maxAttachments: intOr(1, 1, 'most files'),
      prefer: word(['first', 'last', 'path', 'url'], 'which comes first'),
    }),
    models: models('models tried in order'),
  })

/** Understanding of media in messages. */
export const media = group('understanding media in messages', {
  models: models('models for all kinds'),
  concurrency: intOr(2, 1, 'files looked at at the same time'),
  image: kind('pictures', 10_485_760, 60, 500),
  audio: kind('sound', 20_971_520, 60, 20_000),
  video: kind('film', 52_428_800, 120, 500),
})
