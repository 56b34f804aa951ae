// Variables from the `.env` file of the state folder. None replaces what is set already.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Env } from '../config/paths.ts'

function read(path: string): Env {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch {
    return {} // there is none
  }
}

/** The environment with the state folder's `.env` under it. The working folder's is not read: it may be a stranger's. */
export function environment(env: Env, stateDir: string): Env {
  return { ...read(join(stateDir, '.env')), ...env }
}
