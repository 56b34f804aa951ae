// Files of the original that are the same here: the config, memory, permissions, keys. Nothing that is here is replaced.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, chmod } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { makeDir, saveText } from '../../os/files.ts'
import type { Paths } from '../../config/paths.ts'
import { Tally } from './report.ts'

/** A file to be copied. */
export interface Copy {
  readonly from: string
  readonly to: string
}

const within = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile())
        .map((e) => join(e.parentPath, e.name))
        .filter((path) => !/\/(\.git|node_modules)\//.test(path))
    : []

/** What is to be copied, each kind counted; a source that is this installation needs no copies. */
export function planCopies(from: string, paths: Paths, configFrom: string): { copies: Copy[]; tallies: Tally[] } {
  const copies: Copy[] = []
  const same = from === paths.stateDir
  const take = (kind: string, list: readonly Copy[]) => {
    const tally = new Tally(kind)
    for (const c of list) {
      if (!existsSync(c.from) || !lstatSync(c.from).isFile()) continue
      if (c.from === c.to) tally.known()
      else if (!existsSync(c.to)) {
        copies.push(c)
        tally.add()
      } else if (readFileSync(c.to).equals(readFileSync(c.from))) tally.known()
      else tally.leave(relative(from, c.from), `${c.to} is there already, and says something else`)
    }
    return tally
  }
  const workspaces = existsSync(from) ? readdirSync(from).filter((n) => /^workspace(-|$)/.test(n)) : []
  const memory = workspaces.flatMap((n) => {
    const target = n === 'workspace' ? paths.workspaceDir : join(paths.stateDir, n)
    return within(join(from, n)).map((path) => ({ from: path, to: join(target, relative(join(from, n), path)) }))
  })
  const plain = ['exec-approvals.json', 'identity/device.json'].map((n) => ({
    from: join(from, n),
    to: join(paths.stateDir, n),
  }))
  const tallies = [
    take('config', [{ from: configFrom, to: paths.configPath }]),
    take('memory and workspace files', memory),
    take('permissions and identity', same ? plain.map((p) => ({ from: p.from, to: p.from })) : plain),
  ]
  return { copies, tallies }
}

/** Copies the files; each is readable by its owner only. */
export async function copyAll(copies: readonly Copy[]): Promise<void> {
  for (const { from, to } of copies) {
    await makeDir(dirname(to))
    await copyFile(from, to)
    await chmod(to, 0o600)
  }
}

const Profiles = z.looseObject({ profiles: z.record(z.string(), z.unknown()) })
const Profile = z.looseObject({
  type: z.string(),
  provider: z.string(),
  key: z.string().optional(),
  token: z.string().optional(),
})

/** Keys of models that lie in the original's profiles, as lines for `.env`; `variable` names a provider's. */
export function planKeys(
  from: string,
  envPath: string,
  variable: (provider: string, kind: 'key' | 'token') => string | undefined,
): { lines: string[]; tally: Tally } {
  const tally = new Tally('keys of models')
  const lines: string[] = []
  const now = [envPath, join(from, '.env')].flatMap((p) => (existsSync(p) ? [readFileSync(p, 'utf8')] : [])).join('\n')
  const agents = existsSync(join(from, 'agents')) ? readdirSync(join(from, 'agents')) : []
  for (const agent of agents) {
    const path = join(from, 'agents', agent, 'agent', 'auth-profiles.json')
    if (!existsSync(path)) continue
    let file: z.output<typeof Profiles>
    try {
      file = Profiles.parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch {
      tally.leave(path, 'it cannot be read')
      continue
    }
    for (const [id, raw] of Object.entries(file.profiles)) {
      const p = Profile.safeParse(raw)
      const secret = p.data?.key ?? p.data?.token
      const name = p.success ? variable(p.data.provider, p.data.key === undefined ? 'token' : 'key') : undefined
      if (!secret || name === undefined) tally.leave(id, 'this kind of login is not known here; log in anew')
      else if (now.includes(`${name}=`) || lines.some((l) => l.startsWith(`${name}=`))) tally.known()
      else {
        lines.push(`${name}=${/^[\w@%+=:,./-]*$/.test(secret) ? secret : `'${secret}'`}`)
        tally.add()
      }
    }
  }
  return { lines, tally }
}

/** Adds lines to the file of variables; the original's own file goes first when ours is not there. */
export async function keepKeys(from: string, envPath: string, lines: readonly string[]): Promise<void> {
  const theirs = join(from, '.env')
  const before = existsSync(envPath)
    ? readFileSync(envPath, 'utf8')
    : existsSync(theirs)
      ? readFileSync(theirs, 'utf8')
      : ''
  const text = [before.replace(/\n$/, ''), ...lines].filter(Boolean).join('\n')
  if (text && `${text}\n` !== before) await saveText(envPath, `${text}\n`)
}
