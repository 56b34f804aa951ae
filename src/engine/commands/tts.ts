// The command `/tts`: which answers are spoken, by whom, how long they may be, and a text to be spoken now.
import { Fault } from '../../lib/fault.ts'
import { speechAutos } from '../../domain/speech.ts'
import type { ChatCommand, CommandAnswer } from './index.ts'
import { setSpeech, speechProvider, speechState, spokenFile } from '../answer/speech.ts'
import type { World } from '../world.ts'

const uses = ['status', ...speechAutos, 'provider', 'limit', 'summary', 'audio'] as const

/** How speech stands, in lines. */
function card(world: World): string {
  const { auto, provider, fallbacks, limit, sumsUp } = speechState(world)
  const { speakers } = world.settings.speech()
  return [
    `Spoken answers: ${auto}`,
    `Who speaks: ${provider}${speakers[provider] ? '' : ' (no key)'}${fallbacks.length ? `, else ${fallbacks.join(', ')}` : ''}`,
    `Limit: ${limit} characters, longer ones are ${sumsUp ? 'summed up' : 'cut'}`,
  ].join('\n')
}

async function run(world: World, channel: string, word: string, rest: string): Promise<CommandAnswer> {
  const auto = speechAutos.find((a) => a === (word === 'on' ? 'always' : word))
  if (auto) {
    await setSpeech(world, 'auto', auto)
    return { reply: `Spoken answers: ${auto}` }
  }
  switch (word) {
    case '':
    case 'status':
      return { reply: card(world) }
    case 'provider':
      if (rest) await setSpeech(world, 'provider', speechProvider(rest))
      return { reply: `Who speaks: ${speechState(world).provider}` }
    case 'limit': {
      const { maxChars } = world.settings.speech()
      if (rest && !(/^\d+$/.test(rest) && Number(rest) >= 100 && Number(rest) <= maxChars))
        throw new Fault('INVALID_REQUEST', `the limit is a number of characters from 100 to ${maxChars}`)
      if (rest) await setSpeech(world, 'limit', rest)
      return { reply: `Limit: ${speechState(world).limit} characters` }
    }
    case 'summary':
      if (rest && rest !== 'on' && rest !== 'off')
        throw new Fault('INVALID_REQUEST', 'use /tts summary on or /tts summary off')
      if (rest) await setSpeech(world, 'summary', rest)
      return { reply: `Longer answers are ${speechState(world).sumsUp ? 'summed up' : 'cut'}` }
    case 'audio':
      if (!rest) throw new Fault('INVALID_REQUEST', 'say what: /tts audio <text>')
      if (channel === 'webchat')
        throw new Fault('INVALID_REQUEST', 'this chat plays no sound; `oclaw tts convert <text>` makes a file of it')
      return { reply: '', media: [await spokenFile(world, { text: rest, channel }, world.scope.signal)] }
    default:
      throw new Fault('INVALID_REQUEST', `"${word}" is none of ${uses.join(', ')}`)
  }
}

/** The command. */
export const ttsCommand = (world: World): ChatCommand => ({
  name: 'tts',
  aliases: ['voice'],
  summary: 'Sets which answers are spoken, and by whom.',
  args: [
    { name: 'what', description: 'what is set or shown', choices: uses },
    { name: 'value', description: 'a provider, a limit, on or off, or the text to speak' },
  ],
  run: ({ args, row }) => {
    const [word = '', ...rest] = args.trim().split(/\s+/)
    const value = args.trim().slice(word.length).trim()
    const plain = word.toLowerCase()
    return run(world, row.message.to.channel, plain, plain === 'audio' ? value : rest.join(' ').toLowerCase())
  },
})
