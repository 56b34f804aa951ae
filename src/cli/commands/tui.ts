// A conversation in the terminal: what was said before, then a line at a time, answered as it is written.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand } from '../context.ts'
import { askOnce } from './agent.ts'

const History = z.object({
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })).default([]),
    }),
  ),
})

const tuiCommand = defineCommand({
  path: 'tui',
  summary: 'Talks with the agent in the terminal; /exit leaves.',
  flags: z.strictObject({
    session: z.string().min(1).default('main').describe('the session'),
    message: z.string().optional().describe('the first thing to say'),
    thinking: z.string().optional().describe('how much the model thinks'),
    deliver: z.boolean().default(false).describe('also say the answers in the session’s chat'),
    historyLimit: z.number().int().min(0).max(1000).default(200).describe('how many earlier messages to show'),
    timeoutMs: z.number().int().min(1).optional().describe('longest time of an answer, in ms'),
  }),
  examples: ['tui', 'tui --session agent:main:work --thinking low'],
  async run(p, run) {
    const { ctx, paint } = run
    const client = await run.connect()
    try {
      if (p.historyLimit > 0) {
        const asked = await client.call('chat.history', { sessionKey: p.session, limit: p.historyLimit })
        for (const m of History.parse(asked).messages) {
          const text = m.content.flatMap((c) => (c.type === 'text' && c.text ? [c.text] : [])).join('\n')
          if (text) ctx.stdout(m.role === 'user' ? `${paint.bold('>')} ${text}\n` : `${text}\n\n`)
        }
      }
      const how = {
        sessionKey: p.session,
        deliver: p.deliver,
        ...(p.thinking === undefined ? {} : { thinking: p.thinking }),
        ...(p.timeoutMs === undefined ? {} : { timeout: Math.ceil(p.timeoutMs / 1000) }),
      }
      for (let said = p.message; !ctx.signal.aborted; said = undefined) {
        const message = (said ?? (await ctx.ask(`${paint.bold('>')} `).catch(() => '/exit'))).trim()
        if (/^\/(exit|quit|q)$/.test(message)) return 0
        if (!message) continue
        try {
          await askOnce(client, { ...how, message }, run)
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          ctx.stderr(`${paint.red(error.message)}\n`)
          if (error.code === 'UNAVAILABLE') return 1
        }
        ctx.stdout('\n')
      }
      return 130
    } finally {
      client.close()
    }
  },
})

export const commands: readonly Command[] = [tuiCommand]
