// A whole gateway in this process over a fresh folder, for operations that change its config and files.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp } from '../../src/app/app.ts'
import { paths } from '../../src/config/paths.ts'
import type { Caller } from '../../src/define/op.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { ops } from '../../src/ops/index.ts'
import { allScopes, dispatcher } from '../../src/server/rpc.ts'

/** A parsed answer, looked into freely. */
export type Answer = ReturnType<typeof JSON.parse>

/** Starts a gateway with this config on a free port. */
export async function app(config = '{}') {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-app-'))
  writeFileSync(join(top, 'openclaw.json'), config)
  const where = paths({ OPENCLAW_STATE_DIR: top }, {}, { home: top, exists: existsSync })
  const gateway = await startApp({
    paths: where,
    env: {},
    clock: systemClock,
    portGiven: true,
    adjust: (c) => ({ ...c, gateway: { ...c.gateway, port: 0 } }),
  })
  const dispatch = dispatcher(ops, gateway.services)
  const caller: Caller = { kind: 'cli', id: 'test', scopes: allScopes }
  /** Calls an operation as the owner would. */
  const call = (method: string, params: unknown = {}, lenient = false): Promise<Answer> =>
    dispatch.call(method, params, {
      caller,
      signal: AbortSignal.timeout(4000),
      lenient,
      accepted: () => undefined,
    })
  return {
    top,
    gateway,
    call,
    /** Calls an operation that must fail; answers its fault as `CODE sentence`. */
    refused: (method: string, params: unknown = {}): Promise<string> =>
      call(method, params).then(
        (answer) => `it worked: ${JSON.stringify(answer)}`,
        (error: unknown) => (error instanceof Fault ? `${error.code} ${error.message}` : String(error)),
      ),
    async [Symbol.asyncDispose]() {
      await gateway.close({ reason: 'done', restart: false, graceMs: 100 })
      rmSync(top, { recursive: true, force: true })
    },
  }
}
