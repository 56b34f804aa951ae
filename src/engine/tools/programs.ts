// The programs agents left running: each agent sees its own, ended ones are forgotten after a while, all end with us.
import { describeError, Fault } from '../../lib/fault.ts'
import { untrusted } from '../../domain/untrusted.ts'
import type { Background, Processes } from '../../define/tool.ts'
import type { AgentRule } from '../settings.ts'
import type { World } from '../world.ts'

/** Characters of its last words a session is told when a program ends. */
const maxWords = 400
/** Programs of one agent at a time. */
const maxRunning = 64

/** Programs by agent. */
export interface Programs {
  of(agent: AgentRule, session: string): Processes
  /** Whether a program still runs. */
  running(id: string): boolean
  /** Ends those of a session that still run; answers how many. */
  stop(session: string): number
}

interface Kept {
  readonly agent: string
  readonly session: string
  readonly program: Background
  /** Whether the call that started it has answered. */
  left: boolean
}

/** Keeps programs; `tell` notes an event in a session. */
export function programs(world: World, tell: (session: string, text: string) => Promise<void>): Programs {
  const all = new Map<string, Kept>()
  world.scope.defer('programs', async () => {
    const running = [...all.values()].map((k) => k.program).filter((p) => p.endedAt === undefined)
    for (const p of running) p.kill()
    await Promise.all(running.map((p) => p.done))
  })

  async function ended(k: Kept) {
    const { program, agent, session } = k
    await program.done
    const rule = world.settings.backgroundRule(agent)
    const quiet = program.code === 0 && !program.output().trim()
    if (k.left && rule.tell && (!quiet || rule.tellEmpty)) {
      const how = program.timedOut ? 'ran out of time' : program.signal ? program.signal : `code ${program.code}`
      const words = program.output().trim().slice(-maxWords)
      await tell(
        session,
        `Exec finished (${program.id}, ${how}): ${program.command.slice(0, 200)}${words ? `\n${untrusted('its last words', words)}` : ''}`,
      )
    }
    await world.clock.sleep(rule.keepMs, world.scope.signal)
    all.delete(program.id)
  }

  return {
    of(agent, session) {
      const mine = () => [...all.values()].filter((k) => k.agent === agent.id && k.left)
      return {
        yieldMs: world.settings.backgroundRule(agent.id).yieldMs,
        start(how) {
          const running = [...all.values()].filter((k) => k.agent === agent.id && k.program.endedAt === undefined)
          if (running.length >= maxRunning)
            throw new Fault('LIMITED', `${maxRunning} programs are running already; end some with process kill`)
          const program = world.outside.background(how)
          const k: Kept = { agent: agent.id, session, program, left: false }
          all.set(program.id, k)
          ended(k).catch((error: unknown) => {
            if (!world.scope.signal.aborted)
              world.log.warn('the end of a program was not noted', { id: program.id, error: describeError(error) })
          })
          return program
        },
        keep(id) {
          const k = all.get(id)
          if (k) k.left = true
        },
        list: () => mine().map((k) => k.program),
        get: (id) => mine().find((k) => k.program.id === id)?.program,
        forget: (id) => void all.delete(id),
      }
    },
    running: (id) => all.get(id)?.program.endedAt === undefined && all.has(id),
    stop(session) {
      const running = [...all.values()].filter((k) => k.session === session && k.program.endedAt === undefined)
      for (const k of running) k.program.kill()
      return running.length
    },
  }
}
