// Updating from the command line: look, ask, put in place, start the gateway anew, watch it, and take it back when it fails.
import { existsSync } from 'node:fs'
import { Fault } from '../lib/fault.ts'
import { spawner } from '../os/child.ts'
import { bringBack, note, noted, wayBack, type WentBack } from '../ops/machine/generation.ts'
import { install, isNewer, newest, sourceOf, type UpdateManifest, type UpdateSource } from '../ops/machine/update.ts'
import type { Run } from './context.ts'
import { loadWhole } from './host-facts.ts'
import * as life from './lifecycle.ts'
import { json } from './print.ts'

/** What was asked for. `probation` in seconds. */
export interface UpdateFlags {
  readonly check: boolean
  readonly rollback: boolean
  /** The program was put in place already, by the gateway: go on from there. */
  readonly finish?: string | undefined
  readonly from?: string | undefined
  readonly channel?: string | undefined
  readonly tag?: string | undefined
  readonly restart: boolean
  readonly probation: number
  readonly yes: boolean
}

/** How often a gateway on probation is asked, in ms. */
const stepMs = 500

/** The program file. Throws UNAVAILABLE when this one runs from its sources. */
async function programOf(run: Run): Promise<string> {
  const { program } = await run.ctx.host(run.paths)
  const [path] = program
  if (path === undefined || program.length > 1)
    throw new Fault('UNAVAILABLE', 'this oclaw runs from its sources; update those: git pull && npm run build')
  return path
}

/** The same run, of another program file: what is started is that one. */
const runOf = (run: Run, program: string): Run => ({
  ...run,
  ctx: { ...run.ctx, host: async (paths) => ({ ...(await run.ctx.host(paths)), program: [program] }) },
})

/** Has the gateway go on with the new program: a restart in the same process would keep the old one. */
async function restarted(run: Run): Promise<{ readonly ran: boolean; readonly message: string }> {
  const at = await life.lookAt(run)
  if (!(await at.view()).running) return { ran: false, message: 'The gateway does not run.' }
  if (at.state.active) return { ran: true, message: (await life.restart(at, 'updated')).message }
  await life.stop(at, 'updated')
  return { ran: true, message: (await life.start(await life.lookAt(run))).message }
}

/** Watches a gateway that was started with another program; answers what is wrong with it, if anything. */
async function watched(run: Run, version: string, seconds: number): Promise<string | undefined> {
  const { clock, signal } = run.ctx
  const at = await life.lookAt(run)
  const end = clock.monotonic() + seconds * 1000
  let pid: number | undefined
  do {
    const seen = await at.view()
    if (!seen.running && !existsSync(run.paths.lockPath)) return undefined // somebody ended it: one that broke leaves its lock
    if (!seen.running) return `it does not answer any more: ${seen.error ?? 'no answer'}`
    if (seen.version !== version) return `it is version ${seen.version}, not ${version}`
    if (pid !== undefined && seen.pid !== pid) return 'it ended and was started again'
    pid = seen.pid
    await clock.sleep(Math.min(stepMs, seconds * 1000), signal)
  } while (clock.monotonic() < end)
  return undefined
}

/** Ends a gateway that may not answer. */
async function ended(run: Run): Promise<void> {
  const at = await life.lookAt(run)
  if (at.state.active || (await at.view()).running) await life.stop(at, 'rolled back')
}

const backText = (b: WentBack): string =>
  [
    ...(b.carried === true ? [' What came since is in its database.'] : []),
    ...(b.carried === false
      ? [' What came since could not be carried over: it is in the newer database beside it.']
      : []),
    ...(b.config === undefined ? [] : [` The config of after the update is kept in ${b.config}.`]),
  ].join('')

/** Brings the generation of before back, and has it run when one ran. */
async function goBack(run: Run, program: string, restart: boolean): Promise<WentBack & { readonly next: string }> {
  const way = await wayBack(run.paths)
  const ran = (await (await life.lookAt(run)).view()).running
  const whole = way.database || way.config
  if (ran && whole) await ended(run)
  const back = await bringBack(run.paths, run.ctx.clock, program)
  if (!restart && !(ran && whole)) return { ...back, next: 'Restart the gateway to use it.' }
  const next = ran && whole ? (await life.start(await life.lookAt(run))).message : (await restarted(run)).message
  return { ...back, next }
}

/** Starts what was put in place, watches it, and takes it back when it fails. Throws UNAVAILABLE with what was wrong. */
async function finish(run: Run, program: string, version: string, flags: UpdateFlags): Promise<string> {
  if (!flags.restart) return 'Restart the gateway to use it.'
  let wrong: string | undefined
  let next = ''
  try {
    const now = await restarted(run)
    next = now.message
    if (now.ran) wrong = await watched(run, version, flags.probation)
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'CANCELLED') throw error
    wrong = error.message
  }
  if (wrong === undefined) return next
  await ended(run).catch(() => undefined) // it may be gone already
  const back = await bringBack(run.paths, run.ctx.clock, program)
  const again = (await life.start(await life.lookAt(run))).message
  throw new Fault(
    'UNAVAILABLE',
    `version ${version} does not run here: ${wrong}\nThe one of before is back. ${again}${backText(back)}`,
  )
}

/** The source, and what it has. */
async function look(run: Run, flags: UpdateFlags): Promise<{ source: UpdateSource; manifest: UpdateManifest }> {
  const { ctx } = run
  const { config } = await loadWhole(run, await ctx.host(run.paths))
  const said = (config['update'] as { channel?: string } | undefined)?.channel
  const source = sourceOf(ctx.env, { from: flags.from, folder: flags.tag ?? flags.channel ?? said })
  return { source, manifest: await newest(source, ctx.signal) }
}

/** Looks, updates or rolls back; answers the exit code. */
export async function update(run: Run, flags: UpdateFlags): Promise<number> {
  const { ctx, globals } = run
  const say = (value: object, text: string) => {
    ctx.stdout(globals.json ? json(value) : `${text}\n`)
    return 0
  }
  if (flags.rollback) {
    const program = await programOf(run)
    const { next, ...back } = await goBack(run, program, flags.restart)
    return say(
      { ok: true, rolledBack: program, ...back },
      `The program of before is back in ${program}. ${next}${backText(back)}`,
    )
  }
  if (flags.finish !== undefined) {
    const to = noted(run.paths)?.to
    if (to === undefined) throw new Fault('NOT_FOUND', 'no update is to be finished')
    const next = await finish(runOf(run, flags.finish), flags.finish, to, flags)
    return say({ ok: true, version: to }, `Version ${to} runs. ${next}`)
  }
  const { source, manifest } = await look(run, flags)
  const exact = flags.tag !== undefined && /^\d/.test(flags.tag)
  const available = exact ? manifest.version !== ctx.version : isNewer(manifest.version, ctx.version)
  const facts = { current: ctx.version, latest: manifest.version, available, notes: manifest.notes ?? null }
  if (flags.check || !available)
    return say(
      { ok: true, ...facts },
      available
        ? `Version ${manifest.version} is there (this is ${ctx.version}). Take it: ${ctx.name} update`
        : `This is the newest version (${ctx.version}).`,
    )
  const program = await programOf(run)
  if (!flags.yes) {
    if (!ctx.stdinTTY)
      throw new Fault('INVALID_REQUEST', `this would put ${manifest.version} in place of ${program}; say --yes`)
    const answer = await ctx.ask(`Put version ${manifest.version} in place of ${ctx.version}? [y/N] `)
    if (!/^y(es)?$/i.test(answer.trim())) return 1
  }
  await note(run.paths, ctx.version, manifest.version)
  await install({ source, manifest, program, spawn: spawner(ctx.clock), signal: ctx.signal })
  const next = await finish(run, program, manifest.version, flags)
  return say(
    { ok: true, ...facts, program },
    `Version ${manifest.version} is in ${program}. ${next}\nBack to the one of before: ${ctx.name} update --rollback`,
  )
}

/** The same by questions. Answers the exit code. */
export async function updateWizard(run: Run, flags: UpdateFlags): Promise<number> {
  const { ctx } = run
  if (!ctx.stdinTTY) throw new Fault('INVALID_REQUEST', `nobody is at a terminal to be asked; ${ctx.name} update --yes`)
  const { terminalAsker } = await import('./setup/asker.ts')
  const asker = await terminalAsker(`${ctx.name} update wizard`)
  asker.intro(`${ctx.name} ${ctx.version}`)
  const channel = await asker.select('Which releases?', [
    { value: '', label: 'As it is set' },
    { value: 'stable', label: 'Stable' },
    { value: 'beta', label: 'Beta', hint: 'earlier, and less sure' },
    { value: 'dev', label: 'Development' },
  ])
  const wish = { ...flags, ...(channel ? { channel } : {}) }
  const { manifest } = await asker.busy('Looking', () => look(run, wish))
  if (!isNewer(manifest.version, ctx.version)) {
    asker.outro(`This is the newest version (${ctx.version}).`)
    return 0
  }
  asker.note(manifest.notes ?? 'nothing is told of it', `Version ${manifest.version}`)
  if (!(await asker.confirm(`Put it in place of ${ctx.version}?`, true))) return 1
  const restart = await asker.confirm('Restart a running gateway with it, and take it back when it fails?', true)
  return update(run, { ...wish, restart, yes: true })
}
