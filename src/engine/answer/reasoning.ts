// What the model thought, where its readers want to see it: before the answer, or in the draft while it is written.
import type { Address } from '../../domain/address.ts'
import type { Part } from '../../domain/turn.ts'
import * as entries from '../../store/entries.ts'
import { say, speaker } from '../say.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** The words in front of what was thought. */
const mark = 'Reasoning:\n'

/**
 * How a turn's thinking is shown: not at all, before the answer, or in the draft until the answer takes its place. Where
 * drafts are not shown it is before the answer.
 */
export function reasoningOf(world: World, { to, turn, session, message }: TurnStart): 'off' | 'on' | 'stream' {
  const options = turn.options as TurnOptions
  const wish = options.reasoning ?? session.settings.reasoningLevel ?? 'off'
  if (!to || to.channel === 'webchat' || options.beat || (wish !== 'on' && wish !== 'stream')) return 'off'
  const drafts = world.settings.account(to.channel, to.account)?.preview && !message?.native
  return wish === 'stream' && drafts && world.connection(to)?.edit ? 'stream' : 'on'
}

/** The end of what was thought so far, in so many characters. */
export const thoughtsShown = (thoughts: string, limit: number): string => mark + thoughts.slice(-(limit - mark.length))

/**
 * Says what the model thought in a turn whose last words are `parts`, in the place of a draft when there is one; inside a
 * transaction. Answers whether there was anything to say.
 */
export function sayThoughts(
  world: World,
  { turn, session }: TurnStart,
  to: Address | undefined,
  said: { readonly parts: readonly Part[]; readonly replaces?: string },
): boolean {
  if (!to || to.channel === 'webchat') return false
  const earlier = entries.ofTurn(world.db, turn.id).flatMap((e) => (e.role === 'assistant' ? e.parts : []))
  const thoughts = [...earlier, ...said.parts].flatMap((p) =>
    p.type === 'thinking' && !p.redacted && p.text.trim() ? [p.text.trim()] : [],
  )
  const all = [...new Set(thoughts)] // the last words may be written down already
  if (!all.length) return false
  const { replaces } = said
  say(world, to, mark + all.join('\n\n'), {
    key: `reasoning:${turn.id}`,
    ...speaker(world, session.agent),
    ...(replaces ? { replaces } : {}),
  })
  return true
}
