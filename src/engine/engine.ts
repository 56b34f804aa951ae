// The engine put together: the door, the queue, the turns, and the way out.
import { newId } from '../lib/ids.ts'
import { approvals, type Approvals } from './tools/approvals.ts'
import { cooldowns } from './ask.ts'
import { commandsOf, type ChatCommand, type Commands } from './commands/index.ts'
import { delivery, type Delivery } from './delivery.ts'
import { dispatch, type Dispatch } from './dispatch.ts'
import { heartbeat, type Heartbeat } from './heartbeat/index.ts'
import { hooks, type Hooks } from './hooks/index.ts'
import { intake, type Intake } from './intake.ts'
import { memory } from './memory/index.ts'
import { aliasCommand } from './commands/models.ts'
import { programs } from './tools/programs.ts'
import { recover } from './recover.ts'
import { runs, type Runs } from './runs.ts'
import { tidy } from './sessions/upkeep.ts'
import { sessionCommands } from './commands/sessions.ts'
import { skillCommands } from './commands/skills.ts'
import { skills } from './skills/index.ts'
import { subagentCommands } from './commands/subagents.ts'
import { recoverSubagents } from './subagents/index.ts'
import { noteEvent } from './system-event.ts'
import type { TurnKit } from './turn-kit.ts'
import { webchat, webchatRule } from './webchat.ts'
import type { World } from './world.ts'

/** The engine as operations and channels see it. */
export interface Engine {
  readonly world: World
  readonly kit: TurnKit
  readonly runs: Runs
  readonly approvals: Approvals
  readonly dispatch: Dispatch
  readonly intake: Intake
  readonly delivery: Delivery
  readonly commands: Commands
  readonly heartbeat: Heartbeat
  readonly hooks: Hooks
  /** Puts away what nobody has used for long, as the config says; answers how many sessions. */
  tidy(): Promise<number>
  /** Takes up what was under way when the process last ended. */
  recover(): Promise<void>
}

/** Builds the engine. `parts` is everything of the world but the way out; `more` adds commands made of operations. */
export function engine(parts: Omit<World, 'outgoing'>, more: (e: () => Engine) => readonly ChatCommand[]): Engine {
  let out: Delivery | undefined
  const web = webchat(
    parts as World, // it sends nothing itself
    () => queue,
  )
  const world: World = {
    ...parts,
    settings: {
      ...parts.settings,
      account: (channel, account) => (channel === 'webchat' ? webchatRule : parts.settings.account(channel, account)),
    },
    connection: (at) => (at.channel === 'webchat' ? web : parts.connection(at)),
    outgoing: (rows) => out?.add(rows),
  }
  out = delivery(world)
  const sending = out
  const bySkills = skills(world)
  const kit: TurnKit = {
    world,
    runs: runs(world),
    approvals: approvals(world, (id) => {
      const agent = world.settings.agent(id)
      return agent ? bySkills.programs(agent) : []
    }),
    cooldowns: cooldowns((provider) => world.settings.restRule(provider)),
    skills: bySkills,
    memory: memory(world),
    hooks: hooks(world),
    submit: (session, text, options) =>
      door.submit({
        session,
        text,
        media: [],
        run: newId('run', world.clock),
        client: 'memory',
        own: true,
        commands: false,
        options: { ...options },
      }),
    programs: programs(world, (key, text) => noteEvent({ world, dispatch: queue }, key, text)),
  }
  const queue: Dispatch = dispatch(kit)
  const built: { engine?: Engine } = {}
  const own = sessionCommands(
    kit,
    () => queue,
    () => commands.all,
  )
  const added = more(() => built.engine as Engine).filter((c) => !own.some((o) => o.name === c.name))
  const helpers = subagentCommands(() => built.engine as Engine)
  const bySkill = skillCommands(kit, (name) => commands.fixed(name))
  const commands: Commands = commandsOf(world, [...own, ...helpers, bySkill.skill, ...added], {
    named: (name) => bySkill.named(name) ?? aliasCommand(world, name),
    native: bySkill.native,
  })
  const door: Intake = intake(kit, queue, commands)
  built.engine = {
    world,
    kit,
    runs: kit.runs,
    approvals: kit.approvals,
    dispatch: queue,
    intake: door,
    delivery: sending,
    commands,
    heartbeat: heartbeat({ world, dispatch: queue, intake: door }),
    hooks: kit.hooks,
    tidy: () => tidy(world, queue.busy),
    async recover() {
      await recover(kit, { dispatch: queue, intake: door, delivery: sending })
      await recoverSubagents(built.engine as Engine)
    },
  }
  return built.engine
}
