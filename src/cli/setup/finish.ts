// The end of the set-up: the workspace, the gateway running, and the first answer of the assistant.
import { Fault } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import { expandHome } from '../../config/paths.ts'
import { getPath } from '../../config/path.ts'
import { prepareWorkspace } from '../../ops/doctor/workspace.ts'
import { loadWhole } from '../host-facts.ts'
import type { Run } from '../context.ts'
import * as life from '../lifecycle.ts'
import type { Asker } from './asker.ts'
import { patchConfig } from './files.ts'
import type { SetupFlags } from './flags.ts'

/** Chooses the agent's folder, and puts the files into it that an agent begins with. */
export async function workspaceStep(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<string> {
  const host = await run.ctx.host(run.paths)
  const { config } = await loadWhole(run, host)
  const chosen = getPath(config, ['agents', 'defaults', 'workspace'])
  const usual = typeof chosen !== 'string' || chosen === '~/.openclaw/workspace'
  const before = usual ? run.paths.workspaceDir : expandHome(chosen, run.paths.home)
  const wish = flags.workspace ?? (await asker?.text({ message: 'The agent’s folder', initial: before })) ?? before
  const folder = expandHome(wish, run.paths.home)
  if (folder !== before) await patchConfig(run, { agents: { defaults: { workspace: folder } } })
  await prepareWorkspace(folder)
  return folder
}

/** Whether the gateway becomes a service. */
async function asService(flags: SetupFlags, asker: Asker | undefined, can: boolean): Promise<boolean> {
  if (flags.installDaemon !== undefined) return flags.installDaemon
  if (!asker || !can) return false
  return asker.confirm('Start the gateway at every boot, as a service?', true)
}

/** Has the gateway run with what was set; answers whether it is a service, and nothing was done with `--skip-daemon`. */
export async function daemonStep(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
): Promise<{ readonly installed: boolean; readonly message?: string }> {
  if (flags.skipDaemon) return { installed: false }
  const at = await life.lookAt(run)
  const service = await asService(flags, asker, at.state.manager !== 'none')
  if (!service && !asker && flags.installDaemon === undefined) return { installed: false }
  const work = once(async () => {
    if (service) return life.install(at, true)
    return (await at.view()).running ? life.restart(at, undefined) : life.start(at)
  })
  const done = await (asker ? asker.busy('Starting the gateway', work) : work())
  return { installed: service, message: done.message }
}

/** The first words of the assistant, through the gateway; throws UNAVAILABLE when it has none. */
export async function firstWords(run: Run): Promise<{ readonly model: string; readonly text: string }> {
  const said = (await run.call('agent', {
    message: 'Say hello to me in one short sentence.',
    sessionKey: 'onboard',
    wait: true,
  })) as {
    result?: {
      payloads?: readonly { text?: string }[]
      meta?: { agentMeta?: { provider?: string; model?: string } }
    }
  }
  const meta = said.result?.meta?.agentMeta
  const model = meta?.provider === undefined ? 'the assistant' : `${meta.provider}/${meta.model}`
  const text = said.result?.payloads?.map((p) => p.text ?? '').join('\n\n')
  if (!text) throw new Fault('UNAVAILABLE', `${model} gave no answer; \`oclaw doctor --deep\` says why`)
  return { model, text }
}
