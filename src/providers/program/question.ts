// A conversation as one text, for programs that take a single question and keep no session.
import type { ModelProgram, ModelRequest, ProviderContext } from '../../define/provider.ts'
import { showMedia } from '../../define/transcript.ts'
import type { MediaRef } from '../../domain/media.ts'
import type { Part } from '../../domain/turn.ts'

/** A picture to be given as a file. */
export interface Picture {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a program is asked: arguments before the question, the question, and pictures. */
export interface Question {
  /** Instructions that are given by a flag. */
  readonly system?: string
  readonly text: string
  readonly pictures: readonly Picture[]
}

const names = { user: 'User', assistant: 'You', tool: 'Tools' } as const
const noTools = 'The tools your instructions speak of cannot be called here; answer in words.'

/** Puts a history into words; pictures of it stay beside, for programs that take them. */
export async function questionOf(req: ModelRequest, program: ModelProgram, ctx: ProviderContext): Promise<Question> {
  const pictures: Picture[] = []

  async function shown(ref: MediaRef): Promise<string> {
    const seen = await showMedia(ref, req.model, ctx)
    if ('note' in seen) return seen.note
    const name = `picture-${pictures.length + 1}.${seen.mime.split('/').at(-1)?.replace(/\W.*/, '') ?? 'png'}`
    pictures.push({ name, bytes: Uint8Array.fromBase64(seen.base64) })
    return `[${name}]`
  }

  async function words(part: Part): Promise<string> {
    switch (part.type) {
      case 'text':
        return part.text
      case 'thinking':
        return ''
      case 'media':
        return shown(part.ref)
      case 'call':
        return `[called ${part.tool} ${JSON.stringify(part.input)}]`
      case 'result': {
        const seen = await Promise.all((part.media ?? []).map(shown))
        return [`[${part.tool} ${part.ok ? 'said' : 'failed'}: ${part.text}]`, ...seen].join('\n')
      }
    }
  }

  const said: string[] = []
  for (const { role, parts } of req.messages) {
    const texts: string[] = []
    for (const part of parts) texts.push(await words(part))
    const text = texts.filter(Boolean).join('\n')
    if (text) said.push(req.messages.length === 1 ? text : `${names[role]}: ${text}`)
  }
  const talk = req.messages.length === 1 ? [] : ['This is the conversation so far. Answer the last message in it.']
  const system = program.noSystem ? undefined : req.system || undefined
  const apart = system !== undefined && program.systemArg !== undefined && system.length <= program.maxArg
  const before = [...(apart || system === undefined ? [] : [system]), ...(req.tools.length ? [noTools] : []), ...talk]
  return { ...(apart ? { system } : {}), text: [...before, ...said].join('\n\n'), pictures }
}
