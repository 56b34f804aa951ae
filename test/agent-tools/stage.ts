// An engine with the gateway's own tools, and a model that is told what to call by what is said to it.
import type { ModelRequest } from '../../src/define/provider.ts'
import type { AnyTool } from '../../src/define/tool.ts'
import { agentTools } from '../../src/ops/agent-tools/index.ts'
import { tools } from '../../src/tools/index.ts'
import type { Services } from '../../src/ops/services.ts'
import type { WorldWish } from '../engine/fixture.ts'
import type { Line } from '../engine/scripted.ts'
import { calls } from '../ops/calls.ts'

/** What a person, or the last tool, said last. */
export const heard = (req: ModelRequest): string =>
  (req.messages.at(-1)?.parts ?? []).flatMap((p) => ('text' in p ? [p.text] : [])).join('\n')

/** Whether the last thing said is a tool's result. */
export const afterTool = (req: ModelRequest): boolean => req.messages.at(-1)?.role === 'tool'

/**
 * The model calls what is written as `tool {json}` at the end of what it hears, answers a tool's result with
 * `got: <result>`, and everything else with what `say` answers.
 */
export function stage(
  wish: WorldWish = {},
  say: (text: string, req: ModelRequest) => Line | string = () => 'Fine.',
  more: Partial<Services> = {},
) {
  const list: AnyTool[] = []
  const w = calls(
    {
      tools: list,
      script: (req) => {
        const text = heard(req)
        if (afterTool(req)) return `got: ${text}`
        const call = /(?:^|\n|\] )!(\w+) (\{[\s\S]*\})\s*$/.exec(text)
        return call ? { calls: [{ tool: call[1] as string, input: JSON.parse(call[2] as string) }] } : say(text, req)
      },
      ...wish,
    },
    more,
  )
  list.push(...(tools.all as unknown as readonly AnyTool[]), ...agentTools(w.services))
  return Object.assign(w, {
    /** Has the agent call a tool, on behalf of a person in the chat; answers what came of it, as the person reads it. */
    async use(tool: string, input: object, more: Parameters<typeof w.receive>[1] = {}): Promise<string> {
      const before = w.texts().length
      await w.receive(`!${tool} ${JSON.stringify(input)}`, more)
      await w.idle()
      return w.texts().slice(before).join('\n')
    },
  })
}
