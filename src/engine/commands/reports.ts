// Commands that report on a chat or change what goes out of it: usage, context, send.
import { Fault } from '../../lib/fault.ts'
import { agentOf } from '../../domain/session-key.ts'
import { context } from '../../store/context.ts'
import type { InboxRow } from '../../store/inbox.ts'
import * as sessions from '../../store/sessions.ts'
import * as usage from '../../store/usage.ts'
import type { ChatCommand } from './index.ts'
import { bootstrapped } from '../hooks/bootstrap.ts'
import { systemPrompt } from '../prompt/index.ts'
import { dollars } from '../price.ts'
import { patchSession } from '../sessions/index.ts'
import { allowedTools } from '../tools/policy.ts'
import { specOf } from '../tools/toolbox.ts'
import type { TurnKit } from '../turn-kit.ts'

/** The commands; `ownersOnly` throws for anybody but an owner. */
export function reportCommands({ world, hooks }: TurnKit, ownersOnly: (row: InboxRow) => void): ChatCommand[] {
  const { db, settings } = world

  /** What the next prompt of a session is made of, in estimated tokens. */
  async function breakdown(key: string, row: InboxRow) {
    const agent = settings.agent(agentOf(key, settings.defaultAgent()))
    const found = sessions.byKey(db, key)
    const model = settings.candidates(agent?.id ?? '', found?.settings.model)[0]
    if (!agent || !model) throw new Fault('NOT_FOUND', `there is no agent for ${key}`)
    const tools = allowedTools(agent.tools, world.tools())
    const { kind, to } = row.message
    const about = { agent: agent.id, workspace: agent.workspace, session: key }
    const system = await systemPrompt(world, {
      agent,
      tools,
      model: model.ref,
      channel: to.channel,
      kind,
      bootstrap: (files) => bootstrapped(world, hooks, about, files),
    })
    const entries = found ? context(db, found.id) : []
    const tokens = (text: string) => Math.ceil(text.length / 4)
    return {
      model: model.ref,
      window: model.info.contextWindow,
      sections: system
        .split(/\n\n(?=#{1,2} )/)
        .map((text) => ({ name: /^#+ (.*)/.exec(text)?.[1] ?? 'introduction', tokens: tokens(text) })),
      system: tokens(system),
      tools: tokens(JSON.stringify(tools.map(specOf))),
      history: entries.reduce((sum, e) => sum + e.tokens, 0),
      messages: entries.length,
    }
  }

  /** What a session has cost: in all, and on this day (UTC); models of unknown price are told of, not counted. */
  function spent(session: string): string {
    const now = world.clock.now()
    const rows = usage.tokens(db, { from: 0, to: now + 1, session })
    const today = new Date(now).toISOString().slice(0, 10)
    const sum = (list: typeof rows) => dollars(list.reduce((all, r) => all + r.cost, 0))
    const missing = rows.reduce((all, r) => all + r.missing, 0)
    if (rows.every((r) => r.missing === r.count)) return rows.length ? ', of unknown price' : ''
    const unknown = missing ? `, and ${missing} answer(s) of unknown price` : ''
    return `, ${sum(rows)} (today ${sum(rows.filter((r) => r.date === today))})${unknown}`
  }

  return [
    {
      name: 'context',
      summary: 'Shows what the next prompt is made of.',
      args: [{ name: 'how', description: 'how much of it', choices: ['list', 'detail', 'json'] }],
      run: async ({ session, args, row }) => {
        const b = await breakdown(session, row)
        if (args === 'json') return { reply: `\`\`\`json\n${JSON.stringify(b, null, 1)}\n\`\`\`` }
        const all = b.system + b.tools + b.history
        const parts = args === 'detail' ? b.sections.map((s) => `  - ${s.name}: ${s.tokens}`) : []
        return {
          reply: [
            `About ${all} of ${b.window} tokens (${Math.round((all / b.window) * 100)} %) for ${b.model}:`,
            `- instructions: ${b.system}`,
            ...parts,
            `- tools: ${b.tools}`,
            `- history: ${b.history} in ${b.messages} entries`,
          ].join('\n'),
        }
      },
    },
    {
      name: 'usage',
      summary: 'Sets what is said of tokens under answers, or adds them up.',
      args: [{ name: 'what', description: 'what is said', choices: ['off', 'tokens', 'full', 'cost'] }],
      run: async ({ session, args }) => {
        const wish = args.trim().toLowerCase()
        const found = sessions.byKey(db, session)
        if (wish === 'cost' || !wish)
          return {
            reply: `This chat so far: ${found?.inputTokens ?? 0} tokens in, ${found?.outputTokens ?? 0} out${found ? spent(found.id) : ''}. Under answers: ${found?.settings.responseUsage ?? 'off'}. Prices by day: oclaw gateway usage-cost`,
          }
        if (!['off', 'tokens', 'full'].includes(wish))
          throw new Fault('INVALID_REQUEST', 'invalid usage (use off|tokens|full|cost)')
        await patchSession(world, session, { settings: { responseUsage: wish === 'off' ? null : wish } })
        return { reply: `Under answers: ${wish}.` }
      },
    },
    {
      name: 'send',
      summary: 'Sets whether answers go out to this chat.',
      args: [{ name: 'whether', description: 'whether', choices: ['on', 'off', 'inherit'] }],
      run: async ({ session, args, row }) => {
        ownersOnly(row)
        const wish = args.trim().toLowerCase()
        const policy = ({ on: 'allow', off: 'deny', inherit: null } as const)[wish as 'on']
        if (policy === undefined && wish) throw new Fault('INVALID_REQUEST', 'invalid send policy (use on|off|inherit)')
        if (!wish) return { reply: `Send policy: ${sessions.byKey(db, session)?.settings.sendPolicy ?? 'inherit'}` }
        await patchSession(world, session, { settings: { sendPolicy: policy ?? null } })
        return { reply: `Send policy: ${wish}.` }
      },
    },
  ]
}
