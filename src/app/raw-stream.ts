// Writes what models say, event by event, into a file of JSON lines; for whoever looks for a mistake in a model's stream.
import { join } from 'node:path'
import { describeError } from '../lib/fault.ts'
import { logOf } from '../lib/log.ts'
import type { ModelEvent } from '../define/provider.ts'
import { expandHome, type Env, type Paths } from '../config/paths.ts'
import type { Candidate } from '../engine/settings.ts'
import { appendLine } from '../os/files.ts'

/** The file, when there is to be one: OPENCLAW_RAW_STREAM, and OPENCLAW_RAW_STREAM_PATH. */
function fileOf(env: Env, paths: Pick<Paths, 'home' | 'logsDir'>): string | undefined {
  if (!/^(1|true|yes|on)$/i.test(env['OPENCLAW_RAW_STREAM']?.trim() ?? '')) return undefined
  const named = env['OPENCLAW_RAW_STREAM_PATH']?.trim()
  return named ? expandHome(named, paths.home) : join(paths.logsDir, 'raw-stream.jsonl')
}

const shown = (e: ModelEvent) =>
  e.type === 'end' && e.error ? { ...e, error: { code: e.error.code, message: e.error.message } } : e

/** The same models; what they say is also written into the file, while the environment names one. */
export function heard(
  list: readonly Candidate[],
  env: Env,
  paths: Pick<Paths, 'home' | 'logsDir'>,
): readonly Candidate[] {
  const file = fileOf(env, paths)
  if (file === undefined) return list
  return list.map((c) => ({
    ...c,
    provider: {
      ...c.provider,
      async *stream(req, endpoint, ctx) {
        const about = { model: c.ref, session: req.session }
        for await (const event of c.provider.stream(req, endpoint, ctx)) {
          const line = { ts: ctx.clock.now(), ...about, event: event.type, ...shown(event), type: undefined }
          await appendLine(file, JSON.stringify(line)).catch((error: unknown) =>
            logOf('raw-stream').warn('it cannot be written', { file, error: describeError(error) }),
          )
          yield event
        }
      },
    },
  }))
}
