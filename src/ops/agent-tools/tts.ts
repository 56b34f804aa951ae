// The tool that has a text spoken, for the agent to send along.
import { z } from 'zod'
import type { AnyTool } from '../../define/tool.ts'
import { spokenFile } from '../../engine/answer/speech.ts'
import type { Services } from '../services.ts'
import { tool } from './calls.ts'

/** The tool. */
export function ttsTool(s: Services): AnyTool {
  const { world } = s.engine
  return tool({
    id: 'tts',
    summary: 'Speaks a text; answer with the lines it gives to send the sound.',
    risk: 'net',
    timeoutMs: 130_000,
    params: z.strictObject({
      text: z.string().trim().min(1).describe('what to say'),
      channel: z.string().optional().describe('the channel it is for; the one at hand when absent'),
    }),
    async run(p, ctx) {
      const channel = p.channel ?? ctx.chat?.channel
      const { kind, ...ref } = await spokenFile(world, { text: p.text, channel }, ctx.signal)
      const lines = [`MEDIA: media:${ref.id}`, ...(kind === 'voice' ? ['[[audio_as_voice]]'] : [])]
      return { ok: true, text: lines.join('\n'), details: { ...ref, kind } }
    },
  })
}
