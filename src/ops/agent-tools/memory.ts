// The tools by which an agent looks into its notes.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyTool, ToolContext } from '../../define/tool.ts'
import { sessionOfNote } from '../../engine/memory/sessions.ts'
import * as sessions from '../../store/sessions.ts'
import { agentRule } from '../agent-identity.ts'
import type { Services } from '../services.ts'
import { told, tool } from './calls.ts'
import { maySee } from './sessions.ts'

/** The tools. */
export function memoryTools(s: Services): AnyTool[] {
  const { memory } = s.engine.kit
  const { settings } = s.engine.world
  /** Whether a note may be seen from a session: files may, and those sessions whose words it may read anyway. */
  const open = (ctx: ToolContext, path: string): boolean => {
    const id = sessionOfNote(path)
    if (id === undefined) return true
    const found = sessions.orFormer(s.engine.world.db, id)
    return found !== undefined && maySee(s, ctx.session, found)
  }

  return [
    tool({
      id: 'memory_search',
      summary:
        'Searches your notes (MEMORY.md and memory/*.md) by words and meaning. Do so before you answer about earlier work, people, dates, wishes or tasks.',
      risk: 'read',
      params: z.strictObject({
        query: z.string().trim().min(1).max(1000).describe('what to look for'),
        maxResults: z.number().int().min(1).max(50).optional().describe('at most this many'),
        minScore: z.number().min(0).max(1).optional().describe('lowest score, 0 to 1'),
      }),
      async run(p, ctx) {
        const agent = agentRule(s, ctx.agent)
        try {
          const more = settings.memory(agent.id).sessions ? { maxResults: 50 } : {} // some may be hidden from this session
          const found = await memory.search(agent, { ...p, ...more }, ctx.signal)
          const { citations } = settings.memory(agent.id)
          const shown = found.hits.filter((h) => open(ctx, h.path))
          const results = shown.slice(0, p.maxResults ?? settings.memory(agent.id).query.maxResults).map((h) => ({
            path: h.path,
            startLine: h.startLine,
            endLine: h.endLine,
            score: Math.round(h.score * 1000) / 1000,
            snippet: h.text,
            source: sessionOfNote(h.path) === undefined ? 'memory' : 'sessions',
            ...(citations ? { citation: `${h.path}#L${h.startLine}-L${h.endLine}` } : {}),
          }))
          const { provider, model, mode, fallback } = found
          return told({ results, mode, provider, model, fallback, citations: citations ? 'on' : 'off' })
        } catch (error) {
          if (!(error instanceof Fault) || ctx.signal.aborted) throw error
          return told({ results: [], disabled: true, error: error.message })
        }
      },
    }),
    tool({
      id: 'memory_get',
      summary: 'Reads lines of one of your notes, as memory_search named it.',
      risk: 'read',
      params: z.strictObject({
        path: z.string().min(1).describe('the file, such as memory/2026-11-21.md'),
        from: z.number().int().min(1).optional().describe('first line, from 1'),
        lines: z.number().int().min(1).max(2000).optional().describe('how many lines'),
      }),
      async run(p, ctx) {
        if (!open(ctx, p.path)) throw new Fault('NOT_FOUND', `${p.path} is no session you may see`)
        return told(await memory.get(agentRule(s, ctx.agent), p.path, p.from, p.lines))
      },
    }),
  ]
}
