// How programs of a turn are run: what the config says, what its session was set to, and who asks.
import type { BoxRun, BoxSpec } from '../../define/box.ts'
import type { ExecWays } from '../../define/tool.ts'
import { stricter } from '../../domain/exec-approvals.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { SessionSettings } from '../../domain/session.ts'
import type { Asker } from './approvals.ts'
import type { AgentRule } from '../settings.ts'
import type { BoxRule, ExecDefaults, ToolRule } from './rule.ts'
import type { World } from '../world.ts'

const usual: ExecDefaults = { host: 'sandbox', pathPrepend: [], seconds: 1800, elevated: 'on' }

/** A box whose programs see the folder its file tools work in. */
const specOf = ({ name, readOnly, container }: BoxRule, { workspace }: AgentRule): BoxSpec => ({
  name,
  folder: workspace,
  readOnly,
  container,
})

/** What a turn is about, as far as its programs are concerned. */
export interface ExecAsk {
  readonly agent: AgentRule
  readonly session: string
  readonly settings: SessionSettings
  /** Whether an owner asks: what owners set for a session counts for others only where it is stricter. */
  readonly owner: boolean
  /** Who asks, when a person does. */
  readonly message?: Pick<InboundMessage, 'from' | 'to'> | undefined
  /** How far this one message wants to reach. */
  readonly elevated?: string | undefined
}

const writing = ['write', 'edit', 'apply_patch']

/** An agent as it works in one session: where that is kept apart, in a folder of its own and with fewer tools. */
export function agentIn(world: World, agent: AgentRule, session: string): AgentRule {
  const box = world.settings.box(agent.id, session)
  if (!box) return agent
  const steps = [...(agent.tools.steps ?? []), box.tools, ...(box.readOnly ? [{ deny: writing }] : [])]
  return { ...agent, workspace: box.folder ?? agent.workspace, tools: { ...agent.tools, confined: true, steps } }
}

/** The rule for programs with what the session says: an owner's turn takes it as it is, any other only what is stricter. */
function ruleFor(rule: ToolRule, s: SessionSettings, owner: boolean): ToolRule {
  const { execSecurity: security, execAsk: ask } = s
  if (security === undefined && ask === undefined) return rule
  if (!owner || rule.execSecurity === 'deny')
    return {
      ...rule,
      execSecurity: stricter('security', rule.execSecurity, security),
      execAsk: stricter('ask', rule.execAsk, ask),
    }
  return {
    ...rule,
    execSecurity: (security ?? rule.execSecurity) as ToolRule['execSecurity'],
    execAsk: (ask ?? rule.execAsk) as ToolRule['execAsk'],
  }
}

/** Where programs of a turn run, and what its questions are judged by. */
export function execWays(world: World, a: ExecAsk): { readonly ways: ExecWays; readonly asker: Omit<Asker, 'to'> } {
  const { agent, settings: s } = a
  const box = world.settings.box(agent.id, a.session)
  const config = agent.tools.exec ?? usual
  const level = a.elevated ?? s.elevatedLevel ?? config.elevated
  const refused = a.message
    ? world.settings.notElevated(agent.id, a.message)
    : 'only a person on tools.elevated.allowFrom may have commands elevated, and none asks here'
  const off = level === 'off' ? 'elevated commands are off in this session; /elevated on lets them' : undefined
  const notElevated = refused ?? off
  const host = (a.owner ? (s.execHost as ExecWays['host'] | undefined) : undefined) ?? config.host
  const node = (a.owner ? s.execNode : undefined) ?? config.node
  return {
    ways: {
      host,
      ...(node === undefined ? {} : { node }),
      pathPrepend: config.pathPrepend,
      seconds: config.seconds,
      ...(box ? { box: (run: BoxRun) => world.outside.boxed(specOf(box, agent), run) } : {}),
      ...(notElevated === undefined ? {} : { notElevated }),
      findNode: world.nodes.find,
      onNode: (id, run, signal) => world.nodes.run(id, { ...run, agent: agent.id, session: a.session }, signal),
    },
    asker: {
      session: a.session,
      agent: agent.id,
      rule: ruleFor(agent.tools, s, a.owner),
      ...(notElevated === undefined ? { elevated: level === 'full' ? ('full' as const) : ('ask' as const) } : {}),
    },
  }
}
