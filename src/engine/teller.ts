// What a turn says of itself, numbered from 1.
import type { AgentEvent, GatewayEvent } from '../domain/agent-event.ts'
import type { TurnStart } from './turn-kit.ts'
import type { World } from './world.ts'

/** Tells the news of one turn. */
export interface Teller {
  /** Gives news its number. */
  news(event: AgentEvent): GatewayEvent
  publish(news: GatewayEvent): void
  tell(event: AgentEvent): void
}

/** Makes the teller of a turn: its news go out in order, none before the turn's beginning is on the disk. */
export function teller(world: World, { turn, session, durable }: TurnStart): Teller {
  let seq = 0
  let waiting: GatewayEvent[] | undefined = []
  const news = (event: AgentEvent): GatewayEvent => ({
    type: 'agent',
    run: { run: turn.run, turn: turn.id, session: session.key, seq: ++seq, at: world.clock.now() },
    event,
  })
  const publish = (said: GatewayEvent) => {
    if (waiting) waiting.push(said)
    else world.news.publish(said)
  }
  durable.then(
    () => {
      const held = waiting ?? []
      waiting = undefined
      for (const said of held) publish(said)
    },
    () => undefined, // there was no turn, so there is nothing to tell
  )
  return { news, publish, tell: (event) => publish(news(event)) }
}
