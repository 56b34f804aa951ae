// The set-up by questions in a running gateway: one at a time, over the steps the command line has.
import { homedir } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Env, Paths } from '../config/paths.ts'
import type { CliContext, Run } from '../cli/context.ts'
import { paint } from '../cli/print.ts'
import { ops } from '../ops/index.ts'
import type { Services, WizardControl, WizardState } from '../ops/services.ts'
import { allScopes, type Dispatcher } from '../server/rpc.ts'
import type { WireAsker } from '../cli/setup/wire-asker.ts'
import { version } from './version.ts'

/** What it needs of the gateway. */
interface WizardParts {
  readonly clock: Clock
  readonly paths: Paths
  readonly env: Env
  readonly signal: AbortSignal
  config(): Services['config']
  dispatch(): Dispatcher
}

/** One nobody has answered for so long, in ms, gives way to another. */
const patienceMs = 600_000

const elsewhere = () => Promise.reject(new Fault('UNAVAILABLE', 'the gateway itself does not do that'))

/** A run of a command within the gateway: what it asks the gateway is asked here, what it writes comes into force here. */
function runWithin(p: WizardParts, signal: AbortSignal): Run {
  const ctx: CliContext = {
    name: 'oclaw',
    version,
    env: p.env,
    home: homedir(),
    clock: p.clock,
    signal,
    ops,
    stdout: () => undefined,
    stderr: () => undefined,
    isTTY: false,
    stdinTTY: false,
    columns: 80,
    stdin: elsewhere,
    ask: elsewhere,
    askSecret: elsewhere,
    configParts: async () => (await import('./catalog.ts')).wholeParts(),
    reference: elsewhere,
    host: async (paths) => (await import('./host.ts')).hostParts(paths, p.env, p.clock),
    ownGateway: elsewhere,
    startGateway: elsewhere,
  }
  return {
    ctx,
    globals: { json: false, dev: false, color: false, verbose: false, expectFinal: false, help: false },
    paths: p.paths,
    paint: paint(false),
    typed: () => Promise.resolve([]),
    connect: elsewhere,
    call: (method, params) =>
      p.dispatch().call(method, params, {
        caller: { kind: 'cli', id: 'wizard', scopes: allScopes },
        signal,
        lenient: true,
        accepted: () => undefined,
      }),
    within: {
      patchConfig: async (patch) =>
        (await p.config().change({ kind: 'patch', patch }, { needsHash: false, who: 'wizard' })).changed,
    },
  }
}

/** The wizards of a gateway. */
export function wizardControl(p: WizardParts): WizardControl {
  let one: { readonly id: string; readonly asker: WireAsker; readonly stop: AbortController; at: number } | undefined

  function find(id: string) {
    if (one?.id !== id) throw new Fault('NOT_FOUND', 'wizard not found')
    one.at = p.clock.now()
    return one
  }

  function settled(state: WizardState): WizardState {
    if (state.done) one = undefined
    return state
  }

  function end(found: NonNullable<typeof one>): WizardState {
    found.asker.cancel()
    found.stop.abort(new Fault('CANCELLED', 'cancelled'))
    return settled(found.asker.state())
  }

  return {
    async start({ mode, workspace }) {
      const stop = new AbortController()
      const signal = AbortSignal.any([p.signal, stop.signal])
      const id = crypto.randomUUID()
      const [{ setUp }, { setupFlags }, { wireAsker }] = await Promise.all([
        import('../cli/setup/wizard.ts'),
        import('../cli/setup/flags.ts'),
        import('../cli/setup/wire-asker.ts'),
      ])
      if (one && p.clock.now() - one.at < patienceMs) throw new Fault('UNAVAILABLE', 'wizard already running')
      if (one) end(one)
      const flags = setupFlags.parse({ mode, ...(workspace === undefined ? {} : { workspace }) })
      const asker = wireAsker('OpenClaw onboarding', (a) => setUp(runWithin(p, signal), flags, a))
      one = { id, asker, stop, at: p.clock.now() }
      return { sessionId: id, ...settled(await asker.now()) }
    },
    async next(id, answer) {
      const { asker } = find(id)
      if (answer) asker.answer(answer.stepId, answer.value)
      return settled(await asker.now())
    },
    cancel: (id) => end(find(id)),
    status: (id) => find(id).asker.state(),
  }
}
