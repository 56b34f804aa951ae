// Operations called over an engine that runs for real, as the owner or as anyone else.
import type { Caller } from '../../src/define/op.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { ops } from '../../src/ops/index.ts'
import type { Services } from '../../src/ops/services.ts'
import { allScopes, dispatcher } from '../../src/server/rpc.ts'
import { engineWorld, type WorldWish } from '../engine/fixture.ts'
import type { Answer } from './app.ts'
import { servicesOf } from './services.ts'

/** An engine and a way to call operations on it. */
export function calls(wish: WorldWish = {}, more: Partial<Services> = {}) {
  const w = engineWorld({ clock: systemClock, ...wish })
  const services = servicesOf(w, more)
  const dispatch = dispatcher(ops, services)
  const accepted: Answer[] = []
  const call = (method: string, params: unknown = {}, caller: Partial<Caller> = {}, lenient = false): Promise<Answer> =>
    dispatch.call(method, params, {
      caller: { kind: 'cli', id: 'test', scopes: allScopes, ...caller },
      signal: AbortSignal.timeout(4000),
      lenient,
      accepted: (value) => accepted.push(value),
    })
  /** Calls an operation that must fail; answers its fault as `CODE sentence`. */
  const refused = (method: string, params: unknown = {}, caller: Partial<Caller> = {}): Promise<string> =>
    call(method, params, caller).then(
      (answer) => `it worked: ${JSON.stringify(answer)}`,
      (error: unknown) => (error instanceof Fault ? `${error.code} ${error.message}` : String(error)),
    )
  return Object.assign(w, { call, refused, accepted, services })
}
