// Files of the original that are the same here: the config, memory, permissions, keys. Nothing that is here is replaced.
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { copyFile, chmod } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { makeDir } from '../../os/files.ts'
import { loginsPath } from '../../os/logins.ts'
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
  const agents = existsSync(join(from, 'agents')) ? readdirSync(join(from, 'agents')) : []
  const logins = agents.map((agent) => ({
    from: loginsPath(join(from, 'agents', agent, 'agent')),
    to: loginsPath(join(paths.agentsDir, agent, 'agent')),
  }))
  const variables = { from: join(from, '.env'), to: join(paths.stateDir, '.env') }
  const tallies = [
    take('config', [{ from: configFrom, to: paths.configPath }]),
    take('memory and workspace files', memory),
    take('logins and keys of models', [...logins, variables]),
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
