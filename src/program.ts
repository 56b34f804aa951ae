// Commands to what runs them: the gateway here, everything else through the command line.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { describeError, Fault } from './lib/fault.ts'
import { paths } from './config/paths.ts'
import { environment } from './dotenv.ts'
import { runGateway, type GatewayFlags } from './run-gateway.ts'

/** Runs a command line; answers the exit code. */
export async function program(args: readonly string[]): Promise<number> {
  try {
    const where = paths(process.env, {}, { home: homedir(), exists: existsSync })
    const env = environment(process.env, where.stateDir)
    const flags: GatewayFlags = {
      ...(args.includes('--port') ? { port: Number(args[args.indexOf('--port') + 1]) } : {}),
      force: args.includes('--force'),
    }
    return await runGateway(where, env, flags)
  } catch (error) {
    process.stderr.write(`${error instanceof Fault ? error.message : describeError(error)}\n`)
    return 1
  }
}
