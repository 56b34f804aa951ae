// What hooks do to the files a turn begins with: they may add some, put others in their place, and have a word of their own.
import { z } from 'zod'
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import type { HookEvent } from '../../domain/hook.ts'
import { builtinHook } from './builtin.ts'
import { callHook, targetsOf } from './call.ts'
import type { Hooks } from './index.ts'
import type { BootFile, Bootstrap } from '../prompt/index.ts'
import type { World } from '../world.ts'

/** How long one hook may hold up a turn, in ms. */
const holdMs = 10_000

/** What a hook answers; by name, for a file of a name that is there already takes its place, and an empty one takes it away. */
const Answer = once(() => {
  const files = z.array(z.object({ name: z.string().min(1).max(200), content: z.string() }))
  return z.object({
    bootstrapFiles: files.optional(),
    context: z.object({ bootstrapFiles: files.optional() }).optional(),
    prompt: z.string().optional(),
  })
})

function applied(b: Bootstrap, output: string): Bootstrap {
  if (!output.trim().startsWith('{')) return b
  const said = Answer().parse(JSON.parse(output))
  const given = said.bootstrapFiles ?? said.context?.bootstrapFiles ?? []
  const names = new Set(given.map((f) => f.name))
  const firstOf = new Map(given.map((f) => [f.name, f]))
  const old = b.files.map((f) => firstOf.get(f.name) ?? f)
  const known = new Set(b.files.map((f) => f.name))
  const added = [...names].filter((n) => !known.has(n)).map((n) => firstOf.get(n) as BootFile)
  return {
    files: [...old, ...added].filter((f) => f.content.trim()),
    prompt: [b.prompt, said.prompt?.trim()].filter(Boolean).join('\n\n'),
  }
}

/** What a turn begins with once every hook has had its say, one after the other; one that fails changes nothing. */
export async function bootstrapped(
  world: World,
  all: Hooks,
  about: { readonly agent: string; readonly workspace: string; readonly session: string; readonly sessionId?: string },
  files: readonly BootFile[],
): Promise<Bootstrap> {
  const { clock, log, scope } = world
  const start: Bootstrap = { files, prompt: '' }
  const eventFor = (b: Bootstrap): HookEvent => ({
    type: 'agent',
    action: 'bootstrap',
    sessionKey: about.session,
    timestamp: clock.now(),
    context: {
      agentId: about.agent,
      workspaceDir: about.workspace,
      ...(about.sessionId === undefined ? {} : { sessionId: about.sessionId }),
      bootstrapFiles: b.files,
    },
  })
  let now = start
  for (const t of targetsOf(world, all, eventFor(start))) {
    const limit = deadline(clock, holdMs, new Fault('TIMEOUT', `it took longer than ${holdMs} ms`), scope.signal)
    try {
      const own = t.hook?.bundled ? builtinHook(t.name)?.bootstrap : undefined
      now = own
        ? { ...now, files: [...now.files, ...(await own(about.workspace, world))] }
        : applied(now, await callHook(world, t, eventFor(now), limit.signal))
    } catch (error) {
      log.warn('a hook failed', { hook: t.name, event: 'agent:bootstrap', error: describeError(error) })
    } finally {
      limit.done()
    }
  }
  return now
}
