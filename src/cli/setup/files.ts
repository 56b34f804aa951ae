// What a set-up writes: the config in place, keys into the state folder's `.env`, and how far it has come.
import { join } from 'node:path'
import { z } from 'zod'
import { mergePatch } from '../../config/change.ts'
import { loadText } from '../../config/load.ts'
import { configWriter, textOf } from '../../config/write.ts'
import { saveText } from '../../os/files.ts'
import type { Run } from '../context.ts'

/** Merges a patch into the config file; comments and everything else stay. Throws when the result would not be valid. */
export async function patchConfig({ ctx, paths, within }: Run, patch: object): Promise<readonly string[]> {
  if (within) return within.patchConfig(patch)
  const parts = await ctx.configParts()
  const writer = configWriter({ paths, clock: ctx.clock, check: (raw) => loadText(parts, raw, paths, ctx.env) })
  const now = (await textOf(paths.configPath)) ?? ''
  const text = mergePatch(now.trim() ? now : '{}\n', patch)
  return (await writer.write({ text, by: 'wizard', force: true })).changed
}

/** Sets variables in a file of them; other lines stay as they are. */
export function withVariables(text: string, values: Readonly<Record<string, string>>): string {
  const quoted = (v: string) => (/^[\w@%+=:,./-]*$/.test(v) ? v : `'${v}'`)
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  for (const [key, value] of Object.entries(values)) {
    const line = `${key}=${quoted(value)}`
    const at = lines.findIndex((l) => new RegExp(`^\\s*(export\\s+)?${key}\\s*=`).test(l))
    if (at < 0) lines.push(line)
    else lines[at] = line
  }
  return `${lines.join('\n')}\n`
}

/** Keeps keys where the gateway finds them, and nobody else can read them. */
export async function keepVariables({ paths }: Run, values: Readonly<Record<string, string>>): Promise<void> {
  const path = join(paths.stateDir, '.env')
  await saveText(path, withVariables((await textOf(path)) ?? '', values))
}

const Progress = z.object({ version: z.literal(1), done: z.array(z.string()) })

const progressPath = ({ paths }: Run) => join(paths.stateDir, 'onboard.json')

/** The steps an earlier run has finished. */
export async function finishedSteps(run: Run): Promise<ReadonlySet<string>> {
  const text = await textOf(progressPath(run))
  if (text === undefined) return new Set()
  try {
    return new Set(Progress.parse(JSON.parse(text)).done)
  } catch {
    return new Set() // it is of another version: begin anew
  }
}

/** Notes what is finished, so that the next run goes on from there. */
export const noteSteps = (run: Run, done: Iterable<string>): Promise<void> =>
  saveText(progressPath(run), `${JSON.stringify({ version: 1, done: [...done] })}\n`)
