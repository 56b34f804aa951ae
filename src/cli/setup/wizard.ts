// The set-up from beginning to end, or some parts of it: by questions, by flags, and going on where it stopped.
import { Fault } from '../../lib/fault.ts'
import { getPath } from '../../config/path.ts'
import { configWriter } from '../../config/write.ts'
import { loadText } from '../../config/load.ts'
import { gatewayView, loadWhole } from '../host-facts.ts'
import type { Run } from '../context.ts'
import { dashboardLink, showLink } from '../dashboard.ts'
import { json } from '../print.ts'
import { terminalAsker, type Asker } from './asker.ts'
import { channelsStep } from './channels.ts'
import { finishedSteps, noteSteps, patchConfig } from './files.ts'
import { daemonStep, firstWords, workspaceStep } from './finish.ts'
import type { SetupFlags } from './flags.ts'
import { gatewayStep, remoteStep, type GatewayDone } from './gateway.ts'
import { hooksStep } from './hooks.ts'
import { importStep } from './import.ts'
import { modelStep, type ModelDone } from './model.ts'
import { skillsStep } from './skills.ts'
import { webStep } from './web.ts'

const warning =
  'The assistant reads what people write to it, and can run commands and read files here as you.\n' +
  'Let only people in you trust, and keep what nobody may see on another machine.'

/** A person, unless flags are to decide. Throws when nobody is there to be asked. */
async function askerOf(run: Run, flags: SetupFlags, command: string): Promise<Asker | undefined> {
  if (flags.nonInteractive) return undefined
  if (run.ctx.stdinTTY && run.ctx.isTTY && !run.globals.json) return terminalAsker(`${run.ctx.name} ${command}`)
  throw new Fault(
    'INVALID_REQUEST',
    `nobody is at a terminal to be asked; say everything by flags: ${run.ctx.name} ${command} --non-interactive --accept-risk (see --help)`,
  )
}

async function accepted(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<void> {
  if (flags.acceptRisk) return
  asker?.note(warning, 'Before you begin')
  if (await asker?.confirm('Go on?', false)) return
  throw new Fault(
    'CANCELLED',
    `${warning}\nNothing was set up. Say yes, or give --accept-risk: ${run.ctx.name} onboard --accept-risk`,
  )
}

/** What to do with a config that is there. Answers whether steps that are finished are skipped. */
async function existing(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<boolean> {
  const host = await run.ctx.host(run.paths)
  const loaded = await loadWhole(run, host)
  if (flags.reset) {
    const parts = await run.ctx.configParts()
    const check = (raw: string) => loadText(parts, raw, run.paths, run.ctx.env)
    const writer = configWriter({ paths: run.paths, clock: run.ctx.clock, check })
    await writer.write({ text: '{\n  gateway: { mode: "local" },\n}\n', by: 'wizard', force: true })
    await noteSteps(run, [])
    return false
  }
  if (!loaded.valid)
    throw new Fault(
      'INVALID_REQUEST',
      `${run.paths.configPath} has mistakes:\n${loaded.issues.map((i) => `- ${i.path || 'the file'}: ${i.message}`).join('\n')}\nmend it with \`${run.ctx.name} doctor --fix\`, or begin anew with --reset`,
    )
  const half = (await finishedSteps(run)).size > 0
  return half && (asker ? asker.confirm('Go on where you stopped the last time?', true) : true)
}

/** Everything, in order, asking who is at this terminal. Answers the exit code. */
export async function onboard(run: Run, flags: SetupFlags): Promise<number> {
  return setUp(run, flags, await askerOf(run, flags, 'onboard'))
}

/** Everything, in order; without an asker flags decide. Answers the exit code. */
export async function setUp(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<number> {
  const { ctx, globals } = run
  asker?.intro(`${ctx.name} ${ctx.version}`)
  await accepted(run, flags, asker)
  const goOn = await existing(run, flags, asker)
  const done = new Set(goOn ? await finishedSteps(run) : [])
  const taken = run.within ? undefined : await importStep(run, flags, asker)
  const finished = async (step: string) => {
    done.add(step)
    await noteSteps(run, done)
  }
  const mode =
    flags.mode ??
    (done.size
      ? 'local'
      : await asker?.select('Where does the gateway run?', [
          { value: 'local', label: 'On this machine' },
          { value: 'remote', label: 'Elsewhere', hint: 'this machine is a client of it' },
        ])) ??
    'local'
  if (mode === 'remote') {
    const url = await remoteStep(run, flags, asker)
    await stamp(run, 'onboard', 'remote')
    if (globals.json) ctx.stdout(json({ mode, remoteUrl: url }))
    else if (asker) asker.outro(`Connected to ${url}.`)
    else ctx.stdout(`Updated ${run.paths.configPath}\n`)
    return 0
  }
  const flow =
    flags.flow ??
    (done.size
      ? 'quickstart'
      : await asker?.select('How thorough?', [
          { value: 'quickstart', label: 'Quick', hint: 'usual settings: this machine only, port 18789, a token' },
          { value: 'manual', label: 'Every question' },
        ])) ??
    'quickstart'
  const model: ModelDone = done.has('model') ? { choice: 'kept' } : await modelStep(run, flags, asker)
  if (model.choice !== 'skip') await finished('model')
  const config = async () => (await loadWhole(run, await ctx.host(run.paths))).config
  const gateway = done.has('gateway')
    ? seen(await config())
    : await gatewayStep(run, flags, flow === 'quickstart' ? undefined : asker, await config())
  await finished('gateway')
  const channels = done.has('channels')
    ? []
    : await channelsStep(run, flags, asker, await ctx.host(run.paths), await config())
  await finished('channels')
  const workspace = await workspaceStep(run, flags, flow === 'quickstart' ? undefined : asker)
  await finished('workspace')
  await stamp(run, 'onboard', 'local')
  const daemon = run.within ? { installed: false } : await daemonStep(run, flags, asker)
  const runs = (await gatewayView(run, await config())).running
  const words =
    runs && !flags.skipHealth
      ? await (asker ? asker.busy('Asking the assistant', () => firstWords(run)) : firstWords(run))
      : undefined
  if (flags.nodeManager) await patchConfig(run, { skills: { install: { nodeManager: flags.nodeManager } } })
  const webAsker = flow === 'quickstart' ? undefined : asker
  if (!done.has('web')) await webStep(run, flags, webAsker, await config())
  await finished('web')
  if (runs && asker && flow !== 'quickstart') {
    if (!flags.skipSkills) await skillsStep(run, asker)
    await hooksStep(run, asker)
  }
  await noteSteps(run, [])
  // A gateway that knows no such address is set up all the same; `oclaw dashboard` then says what is wrong.
  const link = runs && !flags.skipUi ? await dashboardLink(run).catch(() => undefined) : undefined
  const ui = link && !globals.json ? showLink(run, link, ctx.isTTY) : []
  if (globals.json)
    ctx.stdout(
      json({
        mode,
        workspace,
        authChoice: model.choice,
        gateway,
        channels,
        installDaemon: daemon.installed,
        ...(taken ? { imported: taken.changes } : {}),
        skipSkills: flags.skipSkills,
        skipHealth: flags.skipHealth,
        ...(model.ref === undefined ? {} : { model: { ref: model.ref, reply: model.reply } }),
        ...(words ? { reply: words } : {}),
        ...(link ? { dashboard: link.url } : {}),
      }),
    )
  else if (asker) {
    if (words) asker.note(words.text, `${words.model} says`)
    if (ui.length) asker.note(ui.join('\n'), 'Control UI')
    asker.outro(words ? 'All is set up.' : `All is set up. Start it: ${ctx.name} gateway start`)
  } else
    ctx.stdout(
      [
        `Updated ${run.paths.configPath}`,
        ...(taken ? [`Taken over from the original: ${taken.changes} things`] : []),
        `Workspace OK: ${workspace}`,
        ...(model.reply === undefined ? [] : [`Model OK: ${model.ref} says: ${model.reply}`]),
        ...('message' in daemon && daemon.message !== undefined ? [daemon.message] : []),
        ...(words ? [`Assistant OK: ${words.text}`] : [`Start the gateway: ${ctx.name} gateway start`]),
        ...(ui.length ? ['Control UI:', ...ui] : []),
        '',
      ].join('\n'),
    )
  return 0
}

const seen = (config: Readonly<Record<string, unknown>>): GatewayDone => {
  const at = (path: string) => getPath(config, ['gateway', ...path.split('.')])
  return {
    port: at('port') as number,
    bind: at('bind') as string,
    authMode: at('auth.mode') as string,
    tailscaleMode: at('tailscale.mode') as string,
  }
}

/** Notes in the config that the wizard ran, as the original does. */
const stamp = (run: Run, command: string, mode: 'local' | 'remote') =>
  patchConfig(run, {
    wizard: {
      lastRunAt: new Date(run.ctx.clock.now()).toISOString(),
      lastRunVersion: run.ctx.version,
      lastRunCommand: command,
      lastRunMode: mode,
    },
  })

/** The parts `configure` knows. */
export const sections = [
  'workspace',
  'model',
  'web',
  'gateway',
  'tailscale',
  'daemon',
  'channels',
  'skills',
  'health',
] as const
export type Section = (typeof sections)[number]

async function part(section: Section, run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<void> {
  const { ctx } = run
  const host = await ctx.host(run.paths)
  const { config } = await loadWhole(run, host)
  const told = (text: string) => (asker ? asker.note(text) : ctx.stdout(`${text}\n`))
  switch (section) {
    case 'workspace':
      return told(`Workspace: ${await workspaceStep(run, flags, asker)}`)
    case 'model':
      return told(`Model: ${(await modelStep(run, flags, asker)).ref ?? 'as it was'}`)
    case 'web':
      return told(`Web: ${await webStep(run, flags, asker, config)}`)
    case 'gateway':
      return told(`Gateway: ${JSON.stringify(await gatewayStep(run, flags, asker, config))}`)
    case 'tailscale':
      return told(`Gateway: ${JSON.stringify(await gatewayStep(run, flags, asker, config, 'tailscale'))}`)
    case 'channels':
      return told(`Channels: ${(await channelsStep(run, flags, asker, host, config)).join(', ') || 'none'}`)
    case 'skills':
      return told(`Skills that are ready: ${(await skillsStep(run, asker)).join(', ') || 'none'}`)
    case 'daemon':
      return told((await daemonStep(run, flags, asker)).message ?? 'The gateway was left as it is.')
    case 'health': {
      const { model, text } = await firstWords(run)
      return told(`${model} says: ${text}`)
    }
  }
}

/** Part after part, until the person has enough. */
async function menu(run: Run, flags: SetupFlags, asker: Asker): Promise<void> {
  for (;;) {
    const next = await asker.select<Section | 'done'>('What do you want to change?', [
      ...sections.map((s) => ({ value: s, label: s })),
      { value: 'done', label: 'Continue', hint: 'that is all' },
    ])
    if (next === 'done') return
    await part(next, run, flags, asker)
  }
}

/** Some parts by name, or by a menu until the person has enough. Answers the exit code. */
export async function configure(run: Run, flags: SetupFlags, wanted: readonly Section[]): Promise<number> {
  const asker = await askerOf(run, flags, 'configure')
  asker?.intro(`${run.ctx.name} configure`)
  if (!asker && !wanted.length)
    throw new Fault('INVALID_REQUEST', `say which part: --section ${sections.join(' | --section ')}`)
  for (const section of wanted) await part(section, run, flags, asker)
  if (asker && !wanted.length) await menu(run, flags, asker)
  await stamp(run, 'configure', 'local')
  asker?.outro('Done.')
  return 0
}
