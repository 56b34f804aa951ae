// What happens first after a start: everything that was under way is taken up again or told about.
import { Fault } from '../lib/fault.ts'
import type { Session } from '../domain/session.ts'
import * as inbox from '../store/inbox.ts'
import * as sessions from '../store/sessions.ts'
import * as turns from '../store/turns.ts'
import { recoverOutbox, type Delivery } from './delivery.ts'
import type { Dispatch } from './dispatch.ts'
import { finish } from './finish.ts'
import type { Intake } from './intake.ts'
import { teller } from './teller.ts'
import type { TurnKit } from './turn-kit.ts'

/** Starts of a turn before it is given up: a turn that ends the process must not end it forever. */
const maxAttempts = 5

/** Takes up turns and messages that were cut off, and sends what was not sent. */
export async function recover(
  kit: TurnKit,
  parts: { dispatch: Dispatch; intake: Intake; delivery: Delivery },
): Promise<void> {
  const { world } = kit
  const { db, clock } = world
  await recoverOutbox(world)
  parts.delivery.wake() // before any turn goes on: what it will say comes after what waits already
  for (const turn of turns.unfinished(db)) {
    const session = sessions.byId(db, turn.session)
    const rows = inbox.ofTurn(db, turn.id)
    if (!session) {
      await db.write(() => {
        turns.end(db, turn.id, { state: 'interrupted', at: clock.now() })
        inbox.done(db, turn.id)
      })
    } else if (turn.attempts >= maxAttempts) await giveUp(kit, session, turn, rows)
    else {
      await db.write(() => turns.again(db, turn.id, clock.now()))
      parts.dispatch.resume(session.key, { ...turn, startedAt: clock.now() }, rows)
    }
  }
  parts.intake.recover()
}

/** Ends a turn that was cut off too often, and says so in its chat. */
async function giveUp(kit: TurnKit, session: Session, turn: turns.TurnRow, rows: readonly inbox.InboxRow[]) {
  const message = rows.at(-1)?.message
  const start = {
    session,
    turn,
    durable: Promise.resolve(),
    to: message && message.to.channel !== 'webchat' ? message.to : undefined,
    kind: message?.kind ?? ('direct' as const),
    replyTo: undefined,
    message: undefined,
    heard: () => Promise.resolve([]),
  }
  const error = new Fault(
    'UNAVAILABLE',
    `this was cut off ${turn.attempts} times before it could be answered; say it again`,
  )
  await finish(kit.world, start, { kind: 'failed', error, text: '' }, teller(kit.world, start), turn.startedAt ?? 0)
}
