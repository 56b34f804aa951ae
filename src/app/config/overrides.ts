// Values laid over the config until the process ends: nothing of them is written.
import { Fault } from '../../lib/fault.ts'
import { setPath } from '../../config/change.ts'
import { loadText, type Loaded } from '../../config/load.ts'
import { parsePath } from '../../config/path.ts'
import type { Env, Paths } from '../../config/paths.ts'
import { parts, type Config } from '../catalog.ts'

/** Values by their paths. */
export type Overrides = ReadonlyMap<string, unknown>

/** The config of a file with values laid over it. Throws INVALID_REQUEST when they make something wrong that was right. */
export async function overridden(
  file: Loaded<Config>,
  values: Overrides,
  p: { readonly paths: Paths; readonly env: Env; adjust(config: Config): Config },
): Promise<Loaded<Config>> {
  if (!values.size || file.from !== 'file') return file
  const text = [...values].reduce((raw, [path, value]) => setPath(raw, parsePath(path), value), file.raw ?? '{}\n')
  const over = await loadText(parts, text, p.paths, p.env)
  const fresh = over.issues.find((i) => !file.issues.some((j) => j.path === i.path && j.message === i.message))
  if (fresh) throw new Fault('INVALID_REQUEST', `${fresh.path || 'config'}: ${fresh.message}`)
  return { ...file, config: p.adjust(over.config as unknown as Config), env: over.env }
}
