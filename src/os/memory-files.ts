// Finds an agent's notes: MEMORY.md, the files below memory/, and what the config adds. Links are not followed.
import { lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { MemoryFile } from '../domain/memory.ts'

const maxFiles = 5000
const maxBytes = 2_000_000

/** The notes of a workspace, in order of their paths. */
export function memoryFiles(workspace: string, extraPaths: readonly string[]): MemoryFile[] {
  const found = new Map<string, MemoryFile>()
  const add = (file: string) => {
    const info = lstatSync(file, { throwIfNoEntry: false })
    if (!info?.isFile() || info.size > maxBytes || !file.endsWith('.md') || found.size >= maxFiles) return
    const path = file.startsWith(workspace + sep) ? relative(workspace, file) : file
    found.set(file, { path, file, mtimeMs: info.mtimeMs, size: info.size })
  }
  const walk = (dir: string, depth: number) => {
    if (depth > 8 || found.size >= maxFiles || !lstatSync(dir, { throwIfNoEntry: false })?.isDirectory()) return
    for (const e of readdirSync(dir, { withFileTypes: true })) {
      if (e.name.startsWith('.') || e.name === 'node_modules') continue
      if (e.isDirectory()) walk(join(dir, e.name), depth + 1)
      else if (e.isFile()) add(join(dir, e.name))
    }
  }
  const names = lstatSync(workspace, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(workspace) : []
  for (const name of ['MEMORY.md', 'memory.md']) if (names.includes(name)) add(join(workspace, name))
  walk(join(workspace, 'memory'), 0)
  for (const extra of extraPaths) {
    const at = resolve(workspace, extra)
    const info = lstatSync(at, { throwIfNoEntry: false })
    if (info?.isDirectory()) walk(realpathSync(at), 0)
    else if (info?.isFile()) add(at)
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
