// Sessions on the command line: those of the gateway, or what a file of the original says, which is only read.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { describeError, Fault } from '../../lib/fault.ts'
import { expandHome } from '../../config/paths.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'

const Stored = z.record(
  z.string(),
  z.looseObject({ sessionId: z.string().optional(), updatedAt: z.number().default(0), model: z.string().optional() }),
)

/** The sessions a `sessions.json` of the original names, newest first. Throws NOT_FOUND or INVALID_REQUEST. */
async function storedSessions(file: string, activeMs: number | undefined, limit: number, { ctx, paths }: Run) {
  const path = expandHome(file, paths.home)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Fault('NOT_FOUND', `${path} cannot be read: ${describeError(error)}`)
  })
  let stored: z.output<typeof Stored>
  try {
    stored = Stored.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault('INVALID_REQUEST', `${path} is no sessions.json of the original`, { cause })
  }
  const ts = ctx.clock.now()
  const sessions = Object.entries(stored)
    .map(([key, entry]) => ({ key, kind: key.includes(':group:') ? 'group' : 'direct', messageCount: 0, ...entry }))
    .filter((s) => activeMs === undefined || s.updatedAt >= ts - activeMs)
    .sort((a, b) => b.updatedAt - a.updatedAt)
    .slice(0, limit)
  return { ts, path, count: sessions.length, sessions }
}

const sessionsList = defineCommand({
  path: 'sessions list',
  aliases: ['sessions'],
  of: 'sessions.list',
  flags: z.strictObject({
    store: z.string().min(1).optional().describe('list those of a sessions.json of the original instead'),
  }),
  async run({ store, ...input }: Record<string, unknown>, run) {
    const op = opOf(run.ctx, 'sessions.list')
    if (typeof store !== 'string') return show(op, await run.call('sessions.list', input), input, run)
    const { activeMinutes: minutes, limit } = input
    const activeMs = typeof minutes === 'number' ? minutes * 60_000 : undefined
    const most = typeof limit === 'number' ? limit : Number.MAX_SAFE_INTEGER
    return show(op, await storedSessions(store, activeMs, most, run), input, run)
  },
})

export const commands: readonly Command[] = [sessionsList]
