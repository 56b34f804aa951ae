// Setting accounts of channels up, and taking them down again.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import type { AnyChannel } from '../define/channel.ts'
import { normalizeAccountId } from '../define/accounts.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

/** The definition of a channel. Throws INVALID_REQUEST for one there is none of. */
export function definitionOf({ channels }: Pick<Services, 'channels'>, id: string): AnyChannel {
  const found = channels.definitions.find((d) => d.id === id.trim().toLowerCase())
  if (found) return found
  const known = channels.definitions.map((d) => d.id).join(', ')
  throw new Fault('INVALID_REQUEST', `there is no channel "${id}"; choose one of ${known}`)
}

const channel = z.string().min(1).describe('the channel, such as telegram')
const account = z.string().optional().describe('the account; the default one when absent')

const Step = z.object({
  key: z.string(),
  label: z.string(),
  help: z.string().optional(),
  secret: z.boolean(),
  optional: z.boolean(),
  set: z.boolean(),
})

const setup = defineOp({
  id: 'channels.setup',
  summary: 'Lists the questions that set a channel up.',
  scope: 'read',
  params: z.strictObject({ channel, account }),
  result: z.object({ channel: z.string(), label: z.string(), links: z.boolean(), steps: z.array(Step) }),
  examples: [{ params: { channel: 'telegram' } }],
  handler: ({ params: p }, s: Pick<Services, 'channels' | 'config'>) => {
    const d = definitionOf(s, p.channel)
    const now = getPath(s.config.current(), sectionOf(d, p.account, s))
    return {
      channel: d.id,
      label: d.label,
      links: d.login !== undefined,
      steps: d.setup.map((step) => ({
        key: step.key,
        label: step.label,
        ...(step.help === undefined ? {} : { help: step.help }),
        secret: step.secret ?? false,
        optional: step.optional ?? false,
        set: getPath(now, step.key.split('.')) !== undefined,
      })),
    }
  },
})

/** Where an account's fields are: at the channel's root, or under its name when it has one or others do. */
function sectionOf(d: AnyChannel, id: string | undefined, { config }: Pick<Services, 'config'>): string[] {
  const root = ['channels', d.id]
  const wanted = normalizeAccountId(id ?? 'default')
  const named = Object.keys(getPath(config.current(), [...root, 'accounts']) ?? {})
  const own = named.find((name) => normalizeAccountId(name) === wanted)
  if (own !== undefined) return [...root, 'accounts', own]
  return wanted === 'default' && !named.length ? root : [...root, 'accounts', wanted]
}

/** The credential a bare `token` means: the first one the environment could give, else the first secret asked for. */
const tokenKey = (d: AnyChannel) => Object.keys(d.env ?? {})[0] ?? d.setup.find((s) => s.secret)?.key

/** A patch that puts a value at a path. */
const at = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)

/** An answer as the config has it: lists are written with commas. */
function valueOf(d: AnyChannel, key: string, text: string): unknown {
  const step = d.setup.find((s) => s.key === key)
  const wrong = step?.check?.(text)
  if (wrong !== undefined) throw new Fault('INVALID_REQUEST', `${key}: ${wrong}`)
  if (key !== 'allowFrom' && key !== 'groupAllowFrom') return text.trim()
  const list = text.split(',').map((one) => one.trim())
  return list.filter(Boolean)
}

const given = (what: string) => z.string().min(1).optional().describe(what)

const add = defineOp({
  id: 'channels.add',
  summary: 'Sets an account of a channel up.',
  scope: 'admin',
  params: z.strictObject({
    channel,
    account,
    name: given('a name for people'),
    token: given('its credential, whatever the channel calls it'),
    botToken: given('the bot token'),
    appToken: given('the app token of Slack’s socket mode'),
    userToken: given('the user token of Slack'),
    signingSecret: given('the signing secret of Slack’s events over HTTP'),
    tokenFile: given('a file that holds the token'),
    webhookUrl: given('the public address of its webhook'),
    webhookSecret: given('what the webhook’s caller proves itself with'),
    authDir: given('where the original keeps the credentials of a linked phone'),
    webhookPath: given('the path of its webhook on the gateway'),
    allowFrom: given('who may write to it, separated by commas; pairing codes when absent'),
    useEnv: z.boolean().default(false).describe('take the credentials from the environment'),
    values: z.record(z.string(), z.string()).default({}).describe('any other fields, by their name in the config'),
  }),
  result: z.object({
    channel: z.string(),
    accountId: z.string(),
    changed: z.array(z.string()),
    next: z.string().optional(),
  }),
  cli: {
    path: 'channels add',
    args: ['channel'],
    print: (r) => `${r.channel} ${r.accountId} is set up.${r.next === undefined ? '' : `\n${r.next}`}`,
  },
  examples: [{ params: { channel: 'telegram', token: '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc' } }],
  handler: async ({ params: p, caller }, s: Pick<Services, 'channels' | 'config'>) => {
    const d = definitionOf(s, p.channel)
    const { channel: _c, account: id, useEnv, values, token, ...named } = p
    const fields: Record<string, string> = { ...values }
    for (const [key, value] of Object.entries(named)) if (value !== undefined) fields[key] = value
    const main = tokenKey(d)
    if (token !== undefined) {
      if (main === undefined) throw new Fault('INVALID_REQUEST', `${d.label} has no token; ${howTo(d)}`)
      fields[main] = token
    }
    const unknown = Object.keys(fields).find((key) => !((key.split('.')[0] as string) in d.account.shape))
    if (unknown !== undefined) throw new Fault('INVALID_REQUEST', `${d.label} has no field "${unknown}"; ${howTo(d)}`)
    const where = sectionOf(d, id, s)
    const next: Record<string, unknown> = { enabled: true }
    for (const [key, text] of Object.entries(fields)) merge(next, key.split('.'), valueOf(d, key, text))
    const whole = {
      ...(getPath(s.config.current(), ['channels', d.id]) as object | undefined),
      ...(getPath(s.config.current(), where) as object | undefined),
      ...next,
    }
    const parsed = d.account.safeParse(unhidden(whole, d))
    const missing = useEnv || !parsed.success ? undefined : d.missing(parsed.data as never)
    if (missing !== undefined) throw new Fault('INVALID_REQUEST', `${missing}; ${howTo(d)}`)
    const done = await s.config.change({ kind: 'patch', patch: at(where, next) }, { needsHash: false, who: caller.id })
    return {
      channel: d.id,
      accountId: normalizeAccountId(id ?? 'default'),
      changed: [...done.changed],
      ...(d.login ? { next: `Link it with your phone: oclaw channels login --channel ${d.id}` } : {}),
    }
  },
})

function merge(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path
  if (!rest.length) return void (into[key] = value)
  const inner = (into[key] ??= {}) as Record<string, unknown>
  merge(inner, rest, value)
}

/** An account as its schema takes it: whether a secret is there is all that matters here. */
const unhidden = (whole: object, d: AnyChannel) =>
  Object.fromEntries(
    Object.entries(whole)
      .filter(([key]) => key in d.account.shape)
      .map(([key, value]) => [key, value instanceof Secret ? 'set' : value]),
  )

/** What a channel needs, as flags. */
const howTo = (d: AnyChannel) =>
  `it needs: ${d.setup.map((step) => `${step.key}${step.optional ? ' (optional)' : ''}`).join(', ') || 'nothing'}; oclaw channels add --channel ${d.id} --values '{"${d.setup[0]?.key ?? 'name'}": "…"}'`

const remove = defineOp({
  id: 'channels.remove',
  summary: 'Switches an account of a channel off, or with delete takes it out of the config.',
  scope: 'admin',
  params: z.strictObject({
    channel,
    account,
    delete: z.boolean().default(false).describe('take it out of the config instead of switching it off'),
  }),
  result: z.object({ channel: z.string(), accountId: z.string(), deleted: z.boolean() }),
  cli: {
    path: 'channels remove',
    args: ['channel'],
    print: (r) => `${r.channel} ${r.accountId} is ${r.deleted ? 'out of the config' : 'off; its credentials stay'}.`,
  },
  examples: [{ params: { channel: 'telegram' }, note: 'a channel that is set up' }],
  handler: async ({ params: p, caller }, s: Pick<Services, 'channels' | 'config'>) => {
    const d = definitionOf(s, p.channel)
    const where = sectionOf(d, p.account, s)
    if (getPath(s.config.current(), where) === undefined)
      throw new Fault('NOT_FOUND', `${d.label} has no account "${p.account ?? 'default'}"; see \`oclaw channels list\``)
    const patch = at(where, p.delete ? null : { enabled: false })
    await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: caller.id })
    return { channel: d.id, accountId: normalizeAccountId(p.account ?? 'default'), deleted: p.delete }
  },
})

const list = defineOp({
  id: 'channels.list',
  summary: 'Lists the channels there are and their accounts.',
  scope: 'read',
  params: z.strictObject({ usage: z.boolean().default(true).describe('kept for older clients') }),
  result: z.object({
    chat: z.record(z.string(), z.array(z.string())),
    auth: z.array(z.unknown()),
    available: z.array(
      z.object({ id: z.string(), label: z.string(), summary: z.string(), accounts: z.array(z.string()) }),
    ),
  }),
  cli: {
    path: 'channels list',
    print: (r) =>
      table(
        ['Channel', 'Accounts', 'What it is'],
        r.available.map((c) => [c.id, c.accounts.join(', ') || '-', c.summary]),
      ),
  },
  examples: [{ params: {} }],
  handler: (_call, { channels }: Pick<Services, 'channels'>) => {
    const accounts = channels.status()
    const of = (id: string) => accounts.filter((a) => a.channel === id).map((a) => a.accountId)
    const { definitions } = channels
    return {
      chat: Object.fromEntries(definitions.flatMap((d) => (of(d.id).length ? [[d.id, of(d.id)] as const] : []))),
      auth: [],
      available: definitions.map((d) => ({ id: d.id, label: d.label, summary: d.summary, accounts: of(d.id) })),
    }
  },
})

export const channelAccountOps = [setup, add, remove, list] as const
