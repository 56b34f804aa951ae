// Two agents that talk: after one has answered the other, they may go on for a few turns, and one tells its chat.
import { describeError } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { TurnLimits } from '../../define/tool.ts'
import type { SessionKey } from '../../domain/session-key.ts'
import * as sessions from '../../store/sessions.ts'
import type { Intake } from '../intake.ts'
import { announceSkip, replySkip, skips } from '../prompt/index.ts'
import type { RunResult, Runs } from '../runs.ts'
import type { TurnOptions } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Characters of what was said that are passed on. */
const maxSaid = 20_000

/** A message from one session to another. */
export interface Talk {
  readonly from: SessionKey
  readonly to: SessionKey
  readonly message: string
  /** Whether an owner stands behind it, and what its turns may have at most: as the turn that began it. */
  readonly owner: boolean
  readonly within: TurnLimits
}

/** The parts of the engine that it needs. */
export interface Talkers {
  readonly world: World
  readonly runs: Runs
  readonly intake: Intake
}

const about = (other: SessionKey, how: string) =>
  `# From another session\n\nThis message is from the agent of the session ${other}, not from a person. ${how}`

/** Has an agent hear something in a turn of its own; answers the run. */
async function hear(e: Talkers, talk: Talk, session: SessionKey, text: string, more: TurnOptions): Promise<string> {
  const run = newId('run', e.world.clock)
  e.runs.expect(run)
  await e.intake.submit({
    session,
    text,
    media: [],
    run,
    client: 'agent',
    own: true,
    commands: false,
    options: { owner: talk.owner, within: talk.within, ...more },
  })
  return run
}

/** Says the first word; answers the run by which the other one answers. Resolves when it is durable. */
export const begin = (e: Talkers, talk: Talk): Promise<string> =>
  hear(e, talk, talk.to, talk.message, { extraSystemPrompt: about(talk.from, 'Your answer goes back to it.') })

const wait = (e: Talkers, run: string): Promise<RunResult | undefined> => e.runs.wait(run, e.world.scope.signal)

/** Lets them go on by turns until one has nothing to add; answers what was said last. */
async function pingPong(e: Talkers, talk: Talk, first: string): Promise<string> {
  const turns = e.world.settings.pingPongTurns()
  const how = (n: number) =>
    `You may answer, it hears that (turn ${n} of ${turns}); when there is nothing to add, answer exactly ${replySkip}. No person reads this.`
  const quiet = { ...talk.within, tools: talk.within.tools.filter((t) => t !== 'sessions_send') }
  let last = first
  for (let n = 1; n <= turns; n++) {
    const [speaker, other] = n % 2 === 1 ? [talk.from, talk.to] : [talk.to, talk.from]
    const run = await hear(e, { ...talk, within: quiet }, speaker, last, { extraSystemPrompt: about(other, how(n)) })
    const said = await wait(e, run)
    if (said?.status !== 'ok' || !said.text.trim() || skips(said.text)) break
    last = said.text.slice(0, maxSaid)
  }
  return last
}

/** Has the agent that was spoken to tell its own chat, when it has one. */
async function announce(e: Talkers, talk: Talk, first: string, last: string): Promise<void> {
  const chat = sessions.byKey(e.world.db, talk.to)?.origin.to
  if (!chat) return
  const text = [
    `System: You have talked with the agent of the session ${talk.from}.`,
    `It began with:\n${talk.message.slice(0, 2000)}`,
    `You answered:\n${first.slice(0, 2000)}`,
    ...(last === first ? [] : [`In the end was said:\n${last.slice(0, 2000)}`]),
    `If the people of this chat should know of it, tell them in your own words; else answer exactly ${announceSkip}.`,
  ]
  const within = { ...talk.within, tools: [] }
  await wait(e, await hear(e, { ...talk, within }, talk.to, text.join('\n\n'), { deliver: true }))
}

/** Goes on after the first answer in the background: by turns, then a word to the chat of the one that was spoken to. */
export function goOn(e: Talkers, talk: Talk, run: string): void {
  const work = async () => {
    const first = await wait(e, run)
    if (first?.status !== 'ok' || !first.text.trim() || skips(first.text)) return
    const said = first.text.slice(0, maxSaid)
    await announce(e, talk, said, await pingPong(e, talk, said))
  }
  work().catch((error: unknown) => {
    if (!e.world.scope.signal.aborted)
      e.world.log.warn('a talk between agents broke off', { session: talk.to, error: describeError(error) })
  })
}
