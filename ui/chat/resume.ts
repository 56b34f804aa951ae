// What was said while the connection was away and is in no history: told again by the durable event log, once.
import { effect } from '@preact/signals'
import { era, ops } from '../gateway.ts'
import { reasonOf, say } from '../store.ts'
import { replay } from './room.ts'

/** The last event that is known to be behind us. */
let since: number | undefined

async function catchUp(): Promise<void> {
  if (since === undefined) {
    since = (await ops['events.resume']({ since: 0, limit: 1 })).last
    return
  }
  for (;;) {
    const told = await ops['events.resume']({ since, limit: 1000 })
    for (const { event } of told.events) if (event.type === 'chat') replay(event)
    since = Math.max(since, told.next)
    if (!told.more) return
  }
}

effect(() => {
  if (era.value > 0) catchUp().catch((error: unknown) => say(reasonOf(error), 'bad'))
})
