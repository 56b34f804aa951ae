// Updating from the command line: look, ask, put in place, start the gateway anew.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { spawner } from '../os/child.ts'
import { saveText } from '../os/files.ts'
import { formatOf, install, isNewer, newest, rollback, type UpdateSource } from '../ops/machine/update.ts'
import type { Run } from './context.ts'
import * as life from './lifecycle.ts'
import { json } from './print.ts'

/** What was asked for. */
export interface UpdateFlags {
  readonly check: boolean
  readonly rollback: boolean
  readonly from?: string | undefined
  readonly channel?: string | undefined
  readonly restart: boolean
  readonly yes: boolean
}

/** Where releases are, and who must have signed them. Throws UNAVAILABLE when either is not known. */
function sourceOf({ ctx }: Run, flags: UpdateFlags): UpdateSource {
  const base = flags.from ?? ctx.env['OPENCLAW_UPDATE_URL']?.trim()
  if (!base)
    throw new Fault(
      'UNAVAILABLE',
      'no source of updates is set up: name one with --from <folder or address> or OPENCLAW_UPDATE_URL',
    )
  const key = ctx.env['OPENCLAW_UPDATE_KEY']?.trim()
  if (!key)
    throw new Fault(
      'UNAVAILABLE',
      'nobody is trusted to sign updates: put the Ed25519 key of your source (base64) into OPENCLAW_UPDATE_KEY',
    )
  return { base: flags.channel === undefined ? base : `${base.replace(/\/+$/, '')}/${flags.channel}`, key }
}

/** The program file. Throws UNAVAILABLE when this one runs from its sources. */
async function programOf(run: Run): Promise<string> {
  const { program } = await run.ctx.host(run.paths)
  const [path] = program
  if (path === undefined || program.length > 1)
    throw new Fault('UNAVAILABLE', 'this oclaw runs from its sources; update those: git pull && npm run build')
  return path
}

/** Has the gateway go on with the new program: a restart in the same process would keep the old one. */
async function restarted(run: Run): Promise<string> {
  const at = await life.lookAt(run)
  if (!(await at.view()).running) return 'The gateway does not run.'
  if (at.state.active) return (await life.restart(at, 'updated')).message
  await life.stop(at, 'updated')
  return (await life.start(await life.lookAt(run))).message
}

const notePath = ({ paths }: Run) => join(paths.stateDir, 'update.json')

const databaseOf = ({ paths }: Run) => join(paths.stateDir, 'data', 'state.db')

/** The program of before may not know the form the database has now. Throws CONFLICT with what mends it. */
function refuseNewer(run: Run): void {
  const path = notePath(run)
  if (!existsSync(path)) return
  const { format } = z.object({ format: z.number() }).parse(JSON.parse(readFileSync(path, 'utf8')))
  const database = databaseOf(run)
  const now = formatOf(database)
  if (now <= format) return
  throw new Fault(
    'CONFLICT',
    `the database has format ${now} since the update, and the program of before knows ${format}; stop the gateway, put ${database}.backup-${format} in place of ${database} (what came since then is only in the newer one), then roll back`,
  )
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
    refuseNewer(run)
    await rollback(program)
    const next = flags.restart ? await restarted(run) : 'Restart the gateway to use it.'
    return say({ ok: true, rolledBack: program }, `The program of before is back in ${program}. ${next}`)
  }
  const source = sourceOf(run, flags)
  const manifest = await newest(source, ctx.signal)
  const available = isNewer(manifest.version, ctx.version)
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
  await saveText(
    notePath(run),
    `${JSON.stringify({ from: ctx.version, to: manifest.version, format: formatOf(databaseOf(run)) })}\n`,
  )
  await install({ source, manifest, program, spawn: spawner(ctx.clock), signal: ctx.signal })
  const next = flags.restart ? await restarted(run) : 'Restart the gateway to use it.'
  return say(
    { ok: true, ...facts, program },
    `Version ${manifest.version} is in ${program}. ${next}\nBack to the one of before: ${ctx.name} update --rollback`,
  )
}
