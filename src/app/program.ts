// Commands to what runs them: the gateway in this process, everything else through the command line.
import { homedir } from 'node:os'
import { basename } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { systemClock } from '../lib/clock.ts'
import { describeError, Fault } from '../lib/fault.ts'
import { randomHex } from '../lib/ids.ts'
import { runCli } from '../cli/run.ts'
import type { CliContext } from '../cli/context.ts'
import { environment } from './dotenv.ts'
import { ops } from '../ops/index.ts'
import { version } from './version.ts'

/** The name this program was called by. */
const calledBy = (): string => (basename(process.argv0).startsWith('openclaw') ? 'openclaw' : 'oclaw')

async function ask(question: string): Promise<string> {
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await line.question(question)
  } finally {
    line.close()
  }
}

/** Resolves when what reads stdout has taken everything, or went away: the end of the program cuts off what waits. */
const written = (): Promise<void> => new Promise((resolve) => void process.stdout.end(() => resolve()))

/** Runs a command line; answers the exit code. */
export async function program(args: readonly string[]): Promise<number> {
  const stop = new AbortController()
  const interrupted = () => stop.abort(new Fault('CANCELLED', 'interrupted'))
  process.on('SIGINT', interrupted)
  let waits = false // whether a pipe was too full to take all at once
  const context: CliContext = {
    name: calledBy(),
    version,
    env: process.env,
    home: homedir(),
    clock: systemClock,
    signal: stop.signal,
    ops: ops,
    stdout(text) {
      if (!process.stdout.write(text)) waits = true
    },
    stderr: (text) => void process.stderr.write(text),
    isTTY: process.stdout.isTTY,
    stdinTTY: process.stdin.isTTY,
    columns: process.stdout.columns || 80,
    ask,
    async askSecret(message) {
      const { terminalAsker } = await import('../cli/setup/asker.ts')
      return (await terminalAsker(calledBy(), process.stdin, process.stderr)).secret({ message })
    },
    stdin: () => Bun.stdin.text(),
    configParts: async () => (await import('./catalog.ts')).wholeParts(),
    async reference() {
      const [{ reference }, { wholeParts }] = await Promise.all([
        import('../docs/reference.ts'),
        import('./catalog.ts'),
      ])
      return reference({ version, ops, parts: await wholeParts() })
    },
    host: async (paths) => (await import('./host.ts')).hostParts(paths, process.env, systemClock),
    async ownGateway({ stateDir }) {
      const { startGatewayServer } = await import('../gateway.ts')
      const token = randomHex(32)
      const quiet = ['SKIP_CHANNELS', 'SKIP_CRON', 'DISABLE_BONJOUR'].map((name) => [`OPENCLAW_${name}`, '1'])
      const auth = { mode: 'token' as const, token }
      const own = await startGatewayServer(0, { stateDir, auth, bind: 'loopback', env: Object.fromEntries(quiet) })
      return { url: `ws://127.0.0.1:${own.port}`, token, close: () => own.close() }
    },
    async startGateway(flags, paths) {
      process.removeListener('SIGINT', interrupted)
      const { runGateway } = await import('./run-gateway.ts')
      const { port, bind, auth, token, password, tailscale, tailscaleResetOnExit, force, verbose } = flags
      const { wsLog, rawStream, rawStreamPath } = flags
      const said = Object.fromEntries(
        Object.entries({ port, bind, auth, token, password, tailscale, tailscaleResetOnExit, rawStreamPath }).filter(
          ([, v]) => v !== undefined,
        ),
      )
      return runGateway(paths, () => environment(process.env, paths.stateDir), {
        ...said,
        force,
        verbose,
        wsLog,
        rawStream,
      })
    },
  }
  try {
    const code = await runCli([...args], context)
    if (waits) await written()
    return code
  } catch (error) {
    context.stderr(`${error instanceof Fault ? error.message : describeError(error)}\n`)
    return 1
  }
}
