// Reads what a HOOK.md says of its hook. A file that cannot be understood is no hook.
import { z } from 'zod'
import { once } from '../../lib/once.ts'
import type { HookHead } from '../../domain/hook.ts'
import { frontmatter, oursIn, requirements, words } from '../skills/text.ts'

const text = () => z.string().trim().min(1).optional().catch(undefined)

const Ours = once(() =>
  z
    .object({
      always: z.boolean().catch(false),
      emoji: text(),
      homepage: text(),
      hookKey: text(),
      events: words,
      os: words,
      requires: requirements,
      run: text(),
      url: text(),
    })
    .partial(),
)

/** What a hook's file says; undefined without a name and a description. */
export function parseHook(source: string): HookHead | undefined {
  const front = frontmatter(source)
  const said = (key: string) => (typeof front?.[key] === 'string' ? front[key].trim() : '')
  const name = said('name')
  const description = said('description')
  if (!front || !name || !description || name.length > 64 || /[\u0000-\u001f\u007f/\\]/.test(name)) return undefined
  const ours = Ours().safeParse(oursIn(front['metadata']))
  const o = ours.success ? ours.data : {}
  return {
    name,
    description: description.replaceAll(/\s+/g, ' ').slice(0, 1024),
    key: o.hookKey ?? name,
    emoji: o.emoji,
    homepage: said('homepage') || o.homepage,
    always: o.always ?? false,
    events: o.events ?? [],
    run: o.run,
    url: o.url,
    needs: { ...(o.requires ?? { bins: [], anyBins: [], env: [], config: [] }), os: o.os ?? [] },
  }
}
