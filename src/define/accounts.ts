// A channel's section of the config: one account's fields at its root, and more accounts beside them.
import { z } from 'zod'
import type { AccountSource } from './account-fields.ts'
import type { AnyChannel } from './channel.ts'

/** One account, ready to run: the root's fields with the account's own over them. */
export interface ResolvedAccount<A> {
  readonly accountId: string
  readonly account: A
  readonly source: AccountSource
}

/** The rules of a section that concern several fields. */
function checkOpen(ctx: { value: Record<string, unknown>; issues: unknown[] }) {
  const root = ctx.value
  const accounts = (root['accounts'] ?? {}) as Record<string, Record<string, unknown>>
  for (const [path, own] of [
    [[], root] as const,
    ...Object.entries(accounts).map(([id, a]) => [['accounts', id], a] as const),
  ]) {
    const all = { ...root, ...own }
    if (all['dmPolicy'] !== 'open' || (own['dmPolicy'] === undefined && own['allowFrom'] === undefined)) continue
    if (Array.isArray(all['allowFrom']) && all['allowFrom'].includes('*')) continue
    ctx.issues.push({
      code: 'custom',
      path: [...path, 'allowFrom'],
      input: all['allowFrom'],
      message: 'dmPolicy "open" lets everybody in; say so with allowFrom: ["*"]',
    })
  }
}

/** The fields of an account without their defaults, so that what is absent stays the root's. */
const bare = <S extends z.core.$ZodShape>(shape: S) =>
  Object.fromEntries(
    Object.entries(shape).map(([key, field]) => [
      key,
      z.optional(field instanceof z.ZodDefault ? field.unwrap() : field),
    ]),
  ) as { [K in keyof S]: z.ZodOptional<S[K] extends z.ZodDefault<infer I> ? I : S[K]> }

/** The schema of `channels.<id>`: the account's fields, and `accounts` by id with the same fields. */
export function accountSection<S extends z.core.$ZodLooseShape>(channel: { readonly account: z.ZodObject<S> }) {
  const shape = channel.account.shape
  return z
    .strictObject({
      ...shape,
      accounts: z
        .record(z.string().min(1), z.strictObject(bare(shape)))
        .optional()
        .describe('more accounts, by name; each may say anything the channel itself may'),
    })
    .check((ctx) => checkOpen(ctx))
}

/** An account id as it is used in addresses: lower-case letters, digits, `-` and `_`. */
export const normalizeAccountId = (id: string): string =>
  id
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-') || 'default'

/** What of `raw` is said, leaving out what is absent. */
const said = (raw: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(raw).filter(([key, value]) => value !== undefined && key !== 'accounts'))

/** Fields that hold credentials: those an environment variable can give. */
const credentials = (channel: AnyChannel) => Object.keys(channel.env ?? {})

function sourceOf(channel: AnyChannel, account: Record<string, unknown>): AccountSource {
  if (credentials(channel).some((key) => account[key] !== undefined)) return 'config'
  return account['tokenFile'] === undefined ? 'none' : 'tokenFile'
}

/** The root's fields with the account's over them. Its own token hides the root's file and the other way round. */
function over(channel: AnyChannel, root: Record<string, unknown>, own: Record<string, unknown>) {
  const base = { ...root }
  if (own['tokenFile'] !== undefined) for (const key of credentials(channel)) delete base[key]
  if (credentials(channel).some((key) => own[key] !== undefined)) delete base['tokenFile']
  return { ...base, ...own, ...(root['enabled'] === false ? { enabled: false } : {}) }
}

/**
 * The accounts of a channel from its parsed section and the environment. Without `accounts` there is one, `default`,
 * when the section exists or a variable is set; variables count for `default` only, after token and token file.
 */
export function resolveAccounts<A extends z.ZodObject>(
  channel: AnyChannel & { readonly account: A },
  section: Readonly<Record<string, unknown>> | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ResolvedAccount<z.output<A>>[] {
  const fromEnv = Object.fromEntries(
    Object.entries(channel.env ?? {}).flatMap(([key, name]) => {
      const value = env[name]?.trim()
      const field = value ? (channel.account.shape[key] as z.ZodType | undefined) : undefined
      return value && field ? [[key, field.parse(value)]] : []
    }),
  )
  const hasEnv = Object.keys(fromEnv).length > 0
  if (!section && !hasEnv) return []
  const root: Record<string, unknown> = said(section ?? channel.account.parse({}))
  const named = Object.entries((section?.['accounts'] ?? {}) as Record<string, Record<string, unknown>>)
  const list = named.length ? named : [['default', {}] as const]
  return list.map(([id, own]) => {
    const accountId = normalizeAccountId(id)
    const account = over(channel, root, said(own))
    const source = sourceOf(channel, account)
    if (source !== 'none' || accountId !== 'default' || !hasEnv)
      return { accountId, account: account as z.output<A>, source }
    return { accountId, account: { ...account, ...fromEnv } as z.output<A>, source: 'env' }
  })
}
