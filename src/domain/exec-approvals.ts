// The file of standing permissions to run programs: who may run what, and whom it asks first.
import { z } from 'zod'

const Rules = {
  security: z.enum(['deny', 'allowlist', 'full']).optional(),
  ask: z.enum(['off', 'on-miss', 'always']).optional(),
  askFallback: z.enum(['deny', 'allowlist', 'full']).optional(),
  autoAllowSkills: z.boolean().optional(),
}

/** `exec-approvals.json`. */
export const ExecApprovals = z.object({
  version: z.literal(1),
  socket: z.object({ path: z.string().optional(), token: z.string().optional() }).optional(),
  defaults: z.object(Rules).optional(),
  agents: z
    .record(
      z.string(),
      z.object({
        ...Rules,
        allowlist: z
          .array(
            z.object({
              id: z.string().optional(),
              pattern: z.string().min(1),
              lastUsedAt: z.number().optional(),
              lastUsedCommand: z.string().optional(),
              lastResolvedPath: z.string().optional(),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
})

export type ExecApprovals = z.output<typeof ExecApprovals>

export type ExecSecurity = 'deny' | 'allowlist' | 'full'
export type ExecAsk = 'off' | 'on-miss' | 'always'

/** How one agent may run programs. `fallback` counts when a person was asked and did not answer. */
export interface ExecRule {
  readonly security: ExecSecurity
  readonly ask: ExecAsk
  readonly fallback: ExecSecurity
  /** Globs over the absolute path of a program. */
  readonly allowlist: readonly string[]
}

const strictFirst = {
  security: ['deny', 'allowlist', 'full'],
  ask: ['always', 'on-miss', 'off'],
} as const

/** The stricter of two words of an order; the first one when the other is none of it. */
export function stricter<K extends keyof typeof strictFirst>(
  order: K,
  a: (typeof strictFirst)[K][number],
  b: string | undefined,
): (typeof strictFirst)[K][number] {
  const all: readonly string[] = strictFirst[order]
  const at = b === undefined ? -1 : all.indexOf(b)
  return at >= 0 && at < all.indexOf(a) ? (b as typeof a) : a
}

/** What counts for an agent: the stricter of the config and the file, of which the agent's own part goes before `*` and the defaults. */
export function execRule(
  config: { readonly security: ExecSecurity; readonly ask: ExecAsk },
  file: ExecApprovals | undefined,
  agent: string,
): ExecRule {
  const own = file?.agents?.[agent]
  const all = file?.agents?.['*']
  const said = { ...file?.defaults, ...known(all), ...known(own) }
  return {
    security: stricter('security', config.security, said.security),
    ask: stricter('ask', config.ask, said.ask),
    fallback: said.askFallback ?? 'deny',
    allowlist: [...(all?.allowlist ?? []), ...(own?.allowlist ?? [])].map((entry) => entry.pattern),
  }
}

const known = <T extends object>(part: T | undefined) =>
  Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>

/** Whether a program's absolute path is on an allowlist. Patterns without a `/` count for nothing: any folder may hold such a name. */
export function onAllowlist(allowlist: readonly string[], program: string, home: string): boolean {
  return allowlist.some((pattern) => {
    const full = pattern.startsWith('~/') ? home + pattern.slice(1) : pattern
    return full.includes('/') && globOf(full).test(program)
  })
}

/** A glob as an expression: `**` crosses folders, `*` and `?` do not. */
function globOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/?|\*|\?|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.replaceAll(/[.+^${}()|[\]\\/-]/g, '\\$&')
  })
  return new RegExp(`^${source}$`, 'i')
}

/** Where the file is. */
export const approvalsFile = (stateDir: string): string => `${stateDir}/exec-approvals.json`
