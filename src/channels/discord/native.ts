// Slash commands wait for their answer: Discord is told to hold the place, and the answer fills it.
import { z } from 'zod'
import type { AccountState, Heard } from '../../define/channel.ts'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { discordCode, type Rest } from './api.ts'
import type { Also } from './hear.ts'
import type { InteractionPayload } from './payload.ts'

/** How long Discord takes an answer, in ms, less what a slow network may take. */
const openMs = 14 * 60_000

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object */
export const replies = { form: 9, message: 4, deferredMessage: 5, deferredUpdate: 6 } as const
const forCallerOnly = 64
const alreadyAnswered = 40_060

const place = z.object({ app: z.string(), token: z.string(), at: z.number(), usedBy: z.string().optional() })

/** Where the answer to a command goes. */
export interface Place {
  readonly app: string
  readonly token: string
  /** The piece that filled it; a second one needs a place of its own. */
  readonly usedBy?: string | undefined
}

/** The commands that wait for an answer. They outlive a restart, as their answers do. */
export interface Natives {
  /** What to write with a command, so that its answer finds the way. */
  note(i: InteractionPayload): Also
  /** Tells Discord what became of an interaction, once that is stored; never throws. */
  acknowledge(i: InteractionPayload, heard: Heard): Promise<void>
  /** The place that `messageId`, the id of a command, holds; undefined when it is none, or too old. */
  placeOf(messageId: string): Place | undefined
  fill(messageId: string, outId: string): void
}

const keyOf = (messageId: string) => `native:${messageId}`

const refusals: Readonly<Partial<Record<Heard, string>>> = {
  pair: 'I do not know you yet: a code to pair with me is on its way.',
  refused: 'You may not use this here.',
  context: 'You may not use this here.',
}

/** Answers an interaction, as it must be within three seconds. Throws a Fault when Discord refuses the answer. */
export const reply = (rest: Rest, i: InteractionPayload, type: number, data?: object): Promise<void> =>
  rest.tell({
    method: 'POST',
    path: `/interactions/${i.id}/${i.token}/callback`,
    body: { type, ...(data ? { data } : {}) },
    open: true,
    ms: 3000,
  })

/** The commands of one account; those that are too old are forgotten. */
export function natives(o: {
  readonly rest: Rest
  readonly state: AccountState
  readonly clock: Clock
  readonly log: Log
}): Natives {
  const { state, clock } = o
  const read = (key: string) => {
    const text = state.get(key)
    if (!text) return undefined
    const found = place.safeParse(JSON.parse(text))
    return found.success && clock.now() - found.data.at < openMs ? found.data : undefined
  }
  const forget = (keys: readonly string[]) => state.write(Object.fromEntries(keys.map((key) => [key, undefined])))
  const old = [...state.all('native:').keys()].filter((key) => read(key) === undefined)
  if (old.length)
    void forget(old).catch((error: unknown) =>
      o.log.warn('old commands could not be forgotten', { why: describeError(error) }),
    )

  return {
    note: (i) =>
      i.type === 2
        ? { [keyOf(`interaction:${i.id}`)]: JSON.stringify({ app: i.application_id, token: i.token, at: clock.now() }) }
        : {},
    async acknowledge(i, heard) {
      const refusal = refusals[heard]
      try {
        if (refusal) await reply(o.rest, i, replies.message, { content: refusal, flags: forCallerOnly })
        else await reply(o.rest, i, i.type === 2 ? replies.deferredMessage : replies.deferredUpdate)
        if (refusal) await forget([keyOf(`interaction:${i.id}`)])
      } catch (error) {
        if (discordCode(error) === alreadyAnswered) return
        o.log.warn('an interaction could not be acknowledged; its answer comes as a message', {
          why: describeError(error),
        })
        await forget([keyOf(`interaction:${i.id}`)]).catch((cause: unknown) =>
          o.log.warn('a command could not be forgotten', { why: describeError(cause) }),
        )
      }
    },
    placeOf: (messageId) => (messageId.startsWith('interaction:') ? read(keyOf(messageId)) : undefined),
    fill(messageId, outId) {
      const found = read(keyOf(messageId))
      if (found) state.set(keyOf(messageId), JSON.stringify({ ...found, usedBy: outId }))
    },
  }
}
