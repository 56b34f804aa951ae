// The installation as a whole: keeping it, starting it over, taking it away, and making it newer.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { expandHome } from '../../config/paths.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)
const file = z.string().min(1).describe('the file')

const kept = () => import('../../ops/machine/backup.ts')

const told = ({ ctx, globals }: Run, value: object, text: string): number => {
  ctx.stdout(globals.json ? json(value) : text)
  return 0
}

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

const backupCreate = defineCommand({
  path: 'backup create',
  summary:
    'Keeps the whole installation in one file: config, secrets, sessions, workspace; also while the gateway runs.',
  args: ['file'],
  flags: z.strictObject({
    file: z.string().min(1).optional().describe('the file; one named by the time when left out'),
    media: z.boolean().default(true).describe('with pictures and files of chats'),
    workspace: z.boolean().default(true).describe('with the agent’s folder'),
  }),
  examples: ['backup create', 'backup create ~/oclaw.tar.gz --no-media'],
  async run(p, run) {
    const { createBackup } = await kept()
    const { clock, version } = run.ctx
    const name = `oclaw-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`
    const to = expandHome(p.file ?? name, run.paths.home)
    const { paths } = run
    const { files } = await createBackup({ paths, clock, version, to, media: p.media, workspace: p.workspace })
    const bytes = files.reduce((n, f) => n + f.bytes, 0)
    const text = `Kept ${files.length} files (${mb(bytes)}) in ${to}. It holds secrets: keep it where only you can read it.\n`
    return told(run, { ok: true, path: to, files: files.length, bytes }, text)
  },
})

const backupVerify = defineCommand({
  path: 'backup verify',
  summary: 'Checks that a backup is whole and its database sound.',
  args: ['file'],
  flags: z.strictObject({ file }),
  examples: ['backup verify ~/oclaw.tar.gz'],
  async run(p, run) {
    const { verifyBackup } = await kept()
    const path = expandHome(p.file, run.paths.home)
    const m = await verifyBackup(path, `${run.paths.stateDir}/data`)
    const text = `✓ ${path}: ${m.files.length} files of ${m.createdAt}, version ${m.version}\n`
    return told(run, { ok: true, path, version: m.version, createdAt: m.createdAt, files: m.files.length }, text)
  },
})

/** Goes on when the person says so. Throws INVALID_REQUEST when nobody can be asked. */
async function sure(run: Run, yes: boolean, what: string): Promise<boolean> {
  if (yes) return true
  if (!run.ctx.stdinTTY) throw new Fault('INVALID_REQUEST', `this would ${what}; say --yes to do it`)
  if (/^y(es)?$/i.test((await run.ctx.ask(`This will ${what}. Go on? [y/N] `)).trim())) return true
  run.ctx.stderr('Nothing was changed.\n')
  return false
}

const backupRestore = defineCommand({
  path: 'backup restore',
  summary: 'Puts a backup in place of what is here, which goes to the trash; the gateway must be stopped.',
  args: ['file'],
  short: { yes: 'y' },
  flags: z.strictObject({ file, yes: off('do not ask') }),
  examples: ['backup restore ~/oclaw.tar.gz --yes'],
  async run(p, run) {
    const { restoreBackup } = await kept()
    const path = expandHome(p.file, run.paths.home)
    if (!(await sure(run, p.yes, `put ${path} in place of ${run.paths.stateDir}`))) return 1
    const { manifest, old } = await restoreBackup({ paths: run.paths, clock: run.ctx.clock, file: path })
    const where = old === undefined ? '' : ` What was here is in ${old}.`
    const text = `Put back ${manifest.files.length} files of ${manifest.createdAt}.${where}\n`
    return told(run, { ok: true, files: manifest.files.length, old: old ?? null }, text)
  },
})

const scopes = ['config', 'config+creds+sessions', 'full'] as const

/** Ends what runs, so that nobody writes where things are taken away. */
async function endGateway(run: Run): Promise<void> {
  const life = await import('../lifecycle.ts')
  const at = await life.lookAt(run)
  if ((await at.view()).running || at.state.active) await life.stop(at, 'reset')
}

async function away(run: Run, what: readonly string[], dry: boolean, next: string): Promise<number> {
  const { ctx, paths, globals } = run
  const { existsSync } = await import('node:fs')
  const there = [...new Set(what)].filter((path) => existsSync(path))
  if (dry) {
    const text = [...there.map((path) => `[dry-run] move ${path} to the trash`), ''].join('\n')
    return told(run, { ok: true, dryRun: true, moved: there }, there.length ? text : '[dry-run] nothing is there\n')
  }
  const { trash } = await import('../../ops/machine/trash.ts')
  const to = await trash(paths, ctx.clock, there)
  if (globals.json) return told(run, { ok: true, moved: there, trash: to ?? null }, '')
  ctx.stdout(
    to === undefined
      ? 'There was nothing to take away.\n'
      : `Moved to ${to}:\n${there.map((t) => `  ${t}\n`).join('')}`,
  )
  if (next) ctx.stdout(`${next}\n`)
  return 0
}

const resetCommand = defineCommand({
  path: 'reset',
  summary: 'Starts over: the config, or also secrets and sessions, or everything; the old things go to the trash.',
  short: { yes: 'y' },
  flags: z.strictObject({
    scope: z.enum(scopes).optional().describe('how much'),
    yes: off('do not ask'),
    nonInteractive: off('ask nothing; needs --scope and --yes'),
    dryRun: off('only say what would be done'),
  }),
  examples: ['reset --scope config --yes', 'reset --scope full --dry-run'],
  async run(p, run) {
    const { paths, ctx } = run
    if (p.scope === undefined) throw new Fault('INVALID_REQUEST', `say how much: --scope ${scopes.join(' | ')}`)
    if (p.nonInteractive && !p.yes && !p.dryRun) throw new Fault('INVALID_REQUEST', '--non-interactive needs --yes')
    const config = [paths.configPath, paths.lastGoodPath, `${paths.stateDir}/onboard.json`]
    const more = [
      '.env',
      'gateway.token',
      'credentials',
      'devices',
      'identity',
      'agents',
      'data',
      'media',
      'cron',
      'import.json',
    ]
    const mine = more.map((name) => `${paths.stateDir}/${name}`)
    const what = [...config, ...(p.scope === 'config' ? [] : mine), ...(p.scope === 'full' ? [paths.workspaceDir] : [])]
    if (!p.dryRun && !(await sure(run, p.yes, `reset ${p.scope} of ${paths.stateDir}`))) return 1
    if (!p.dryRun && p.scope !== 'config') await endGateway(run)
    return away(run, what, p.dryRun, `Next: ${ctx.name} onboard --install-daemon`)
  },
})

const uninstallCommand = defineCommand({
  path: 'uninstall',
  summary: 'Takes the service, the state folder or the workspace away; files go to the trash, the program stays.',
  short: { yes: 'y' },
  flags: z.strictObject({
    service: off('the service'),
    state: off('the state folder: config, secrets, sessions'),
    workspace: off('the agent’s folder'),
    app: off('say which program file to remove'),
    all: off('all of that'),
    yes: off('do not ask'),
    nonInteractive: off('ask nothing; needs --yes'),
    dryRun: off('only say what would be done'),
  }),
  examples: ['uninstall --service --yes', 'uninstall --all --dry-run'],
  async run(p, run) {
    const { paths, ctx } = run
    const on = {
      service: p.service || p.all,
      state: p.state || p.all,
      workspace: p.workspace || p.all,
      app: p.app || p.all,
    }
    const named = Object.entries(on).flatMap(([k, v]) => (v ? [k] : []))
    if (!named.length) throw new Fault('INVALID_REQUEST', 'say what: --service, --state, --workspace, --app or --all')
    if (p.nonInteractive && !p.yes && !p.dryRun) throw new Fault('INVALID_REQUEST', '--non-interactive needs --yes')
    if (!p.dryRun && !(await sure(run, p.yes, `take away ${named.join(', ')}`))) return 1
    const life = await import('../lifecycle.ts')
    if (on.service) {
      const at = await life.lookAt(run)
      const text = p.dryRun ? `[dry-run] remove ${at.state.path}` : (await life.uninstall(at)).message
      if (!run.globals.json) ctx.stdout(`${text}\n`)
    }
    if (!p.dryRun && on.state) await endGateway(run)
    const { program } = await ctx.host(paths)
    const last = on.app ? `The program itself: rm ${program.at(-1)}` : ''
    const what = [...(on.workspace ? [paths.workspaceDir] : []), ...(on.state ? [paths.stateDir] : [])]
    return away(run, what, p.dryRun, last)
  },
})

const updateFlags = z.strictObject({
  check: off('only look'),
  rollback: off('put the program of before the last update back, with its database and config'),
  finish: z.string().min(1).optional().describe('go on with an update the gateway began: its program file'),
  from: z
    .string()
    .min(1)
    .optional()
    .describe('where releases are: a folder, file:// or https://; OPENCLAW_UPDATE_URL when left out'),
  channel: z
    .enum(['stable', 'beta', 'dev'])
    .optional()
    .describe('which releases: a folder of that name below the source; update.channel when left out'),
  tag: z.string().min(1).optional().describe('one release: a channel or a version, also an older one'),
  restart: z.boolean().default(true).describe('restart a running gateway with it'),
  probation: z
    .number()
    .min(0)
    .max(3600)
    .default(20)
    .describe('how long a restarted gateway is watched, in seconds; when it fails the one of before comes back'),
  yes: off('do not ask'),
})

const updateCommand = defineCommand({
  path: 'update',
  summary: 'Looks for a newer program, and puts it in place of this one; or puts the one of before back.',
  short: { yes: 'y' },
  flags: updateFlags,
  examples: ['update --check', 'update --yes', 'update --tag 2026.3.1 --yes', 'update --rollback'],
  run: async (flags, run) => (await import('../update.ts')).update(run, flags),
})

const updateStatus = defineCommand({
  path: 'update status',
  summary: 'Says which version this is, and whether there is a newer one.',
  flags: updateFlags.pick({ from: true, channel: true, tag: true }),
  examples: ['update status', 'update status --channel beta --json'],
  run: async (flags, run) =>
    (await import('../update.ts')).update(run, { ...updateFlags.parse({}), ...flags, check: true }),
})

const updateWizard = defineCommand({
  path: 'update wizard',
  summary: 'Updates by questions.',
  flags: updateFlags.pick({ from: true, probation: true }),
  examples: ['update wizard'],
  run: async (flags, run) => (await import('../update.ts')).updateWizard(run, { ...updateFlags.parse({}), ...flags }),
})

export const commands: readonly Command[] = [
  backupCreate,
  backupRestore,
  backupVerify,
  resetCommand,
  uninstallCommand,
  updateCommand,
  updateStatus,
  updateWizard,
]
