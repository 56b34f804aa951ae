// A config folder of its own for a test, and what the loader makes of it.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import type { Env } from '../../src/config/paths.ts'
import { sections } from '../../src/config/sections/index.ts'

/** A folder with the given files; `openclaw.json` is the config. */
export function configHome(files: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-config-'))
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  const where = paths({ OPENCLAW_STATE_DIR: dir }, {}, { home: dir, exists: () => true })
  return {
    dir,
    paths: where,
    put,
    read: (name: string) => readFileSync(join(dir, name), 'utf8'),
    load: (env: Env = {}) => loadConfig(sections, where, env),
  }
}

/** What the loader makes of one text. */
export const loaded = (text: string, env: Env = {}, beside: Readonly<Record<string, string>> = {}) =>
  configHome({ ...beside, 'openclaw.json': text }).load(env)
