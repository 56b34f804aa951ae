// What models there are and which can be used: the list, and the state of the logins behind them.
import { z } from 'zod'
import { describeError } from '../../lib/fault.ts'
import { dirname } from 'node:path'
import { readLogins, type Login } from '../../os/logins.ts'
import { table } from '../../ops/table.ts'
import { loadWhole } from '../host-facts.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'
import { loginPlace } from '../setup/login.ts'
import { modelDefaults, type ModelDefaults } from './models.ts'

/** A login is about to expire when less than this is left, in ms. */
const soonMs = 24 * 3_600_000

/** The models the config names, best first, each with what it is there for. */
function tagsOf(d: ModelDefaults): Map<string, string[]> {
  const tags = new Map<string, string[]>()
  const tag = (ref: string | undefined, name: string) => {
    if (ref !== undefined) tags.set(ref, [...(tags.get(ref) ?? []), name])
  }
  tag(d.model.primary, 'default')
  d.model.fallbacks?.forEach((ref, i) => tag(ref, `fallback#${i + 1}`))
  tag(d.imageModel?.primary, 'image')
  d.imageModel?.fallbacks?.forEach((ref, i) => tag(ref, `img-fallback#${i + 1}`))
  for (const [ref, m] of Object.entries(d.models)) tag(ref, m.alias ? `alias:${m.alias}` : 'configured')
  return tags
}

const listFlags = z.strictObject({
  all: z.boolean().default(false).describe('all that are known, not only those the config names'),
  local: z.boolean().default(false).describe('only those of servers on this machine'),
  provider: z.string().optional().describe('only those of one provider'),
  plain: z.boolean().default(false).describe('one name on each line, and nothing else'),
})

const modelsList = defineCommand({
  path: 'models list',
  summary: 'Lists the models the config names, or all that are known.',
  flags: listFlags,
  examples: ['models list', 'models list --all --provider anthropic'],
  async run(p, run) {
    const { ctx, globals } = run
    const host = await ctx.host(run.paths)
    const { config, env } = await loadWhole(run, host)
    const tags = tagsOf(await modelDefaults(run))
    const known = new Map(host.models(config, env).map((m) => [`${m.provider}/${m.id}`, m]))
    const servers = p.local ? await host.localServers(ctx.signal) : []
    const found = servers.flatMap((s) => s.models.map((id) => `${s.id}/${id}`))
    const own = Object.entries((config['models'] as { providers?: Record<string, unknown> }).providers ?? {})
    const configured = [...known.keys()].filter((ref) => own.some(([name]) => ref.startsWith(`${name}/`)))
    const refs = new Set([...tags.keys(), ...configured, ...(p.all ? known.keys() : []), ...found])
    const isLocal = (ref: string) => host.providers.some((one) => one.local && ref.startsWith(`${one.id}/`))
    const models = [...refs]
      .filter((ref) => (p.provider === undefined || ref.startsWith(`${p.provider}/`)) && (!p.local || isLocal(ref)))
      .map((key) => {
        const m = known.get(key)
        return {
          key,
          name: m?.name ?? key.slice(key.indexOf('/') + 1),
          input: (m?.input ?? ['text']).join('+'),
          contextWindow: m?.contextWindow ?? null,
          local: isLocal(key),
          available: m?.available ?? found.includes(key),
          price: m?.price ?? null,
          tags: tags.get(key) ?? [],
          missing: !m && !found.includes(key),
        }
      })
    if (globals.json) ctx.stdout(json({ count: models.length, models }))
    else if (p.plain) ctx.stdout(models.map((m) => `${m.key}\n`).join(''))
    else {
      const rows = models.map((m) => [
        m.key,
        m.input,
        m.contextWindow === null ? '' : `${Math.round(m.contextWindow / 1000)}k`,
        m.price ? `$${m.price.input} / $${m.price.output}` : 'unknown',
        m.available ? 'yes' : 'no key',
        m.tags.join(','),
      ])
      ctx.stdout(`${table(['Model', 'Input', 'Context', 'Price in/out per M', 'Usable', 'Tags'], rows)}\n`)
    }
    return 0
  },
})

interface Seen {
  readonly profileId: string
  readonly provider: string
  readonly type: string
  readonly status: 'ok' | 'static' | 'expiring' | 'expired'
  readonly expiresAt?: number
  readonly remainingMs?: number
}

function seen(l: Login, now: number): Seen {
  const about = { profileId: l.id, provider: l.provider, type: l.kind }
  if (l.expires === undefined) return { ...about, status: 'static' }
  const remainingMs = l.expires - now
  const status = remainingMs <= 0 ? 'expired' : remainingMs < soonMs ? 'expiring' : 'ok'
  return { ...about, status, expiresAt: l.expires, remainingMs }
}

const statusFlags = z.strictObject({
  agent: z.string().optional().describe('whose logins; the default agent’s when left out'),
  check: z.boolean().default(false).describe('exit with 1 when a login is missing or over, 2 when one soon will be'),
  probe: z.boolean().default(false).describe('ask each login one short question; it may cost a little'),
  probeProvider: z.string().optional().describe('ask only those of this provider'),
  probeProfile: z.array(z.string()).optional().describe('ask only these logins'),
  probeTimeout: z.number().int().min(1).default(15_000).describe('longest wait for one answer, in ms'),
  probeConcurrency: z.number().int().min(1).max(16).default(2).describe('how many are asked at a time'),
  probeMaxTokens: z.number().int().min(1).default(100).describe('longest answer that is asked for, in tokens'),
  plain: z.boolean().default(false).describe('only the name of the default model'),
  statusJson: z.boolean().default(false).describe('the same as --json'),
  statusPlain: z.boolean().default(false).describe('the same as --plain'),
})

type Probe = { readonly target: string; readonly ok: boolean; readonly ms: number; readonly said: string }

/** Asks models with each of their logins. */
async function probes(run: Run, targets: readonly string[], p: z.output<typeof statusFlags>): Promise<Probe[]> {
  const host = await run.ctx.host(run.paths)
  const { config, env } = await loadWhole(run, host)
  const waiting = [...targets]
  const out: Probe[] = []
  async function worker() {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const since = run.ctx.clock.monotonic()
      const signal = AbortSignal.any([run.ctx.signal, AbortSignal.timeout(p.probeTimeout)])
      const asked = await host.ask(config, env, target, 'Reply with OK.', signal, { maxTokens: p.probeMaxTokens }).then(
        (a) => ({ ok: true, said: a.text }),
        (error: unknown) => ({ ok: false, said: describeError(error) }),
      )
      out.push({ target, ...asked, ms: Math.round(run.ctx.clock.monotonic() - since) })
    }
  }
  await Promise.all(Array.from({ length: p.probeConcurrency }, worker))
  return out
}

const modelsStatus = defineCommand({
  path: 'models status',
  aliases: ['models'],
  summary: 'Says which model answers, which stand by, and in what state their logins are.',
  flags: statusFlags,
  examples: ['models status', 'models status --check', 'models status --probe --probe-provider anthropic'],
  async run(p, run) {
    const { ctx, globals, paths } = run
    const host = await ctx.host(paths)
    const { config, env } = await loadWhole(run, host)
    const d = await modelDefaults(run)
    const { agent, path: storePath } = await loginPlace(run, p.agent)
    const resolved = host.model(config, env)
    const logins = readLogins(storePath).list.map((l) => seen(l, ctx.clock.now()))
    const fallbacks = d.model.fallbacks ?? []
    const providerOf = (ref: string) => (ref.includes('/') ? ref.slice(0, ref.indexOf('/')) : 'anthropic')
    const inUse = [resolved.ref ?? d.model.primary, ...fallbacks, d.imageModel?.primary].filter((r) => r !== undefined)
    const names = new Set([...inUse.map(providerOf), ...logins.map((l) => l.provider)])
    const own = (config['models'] as { providers?: Record<string, { apiKey?: unknown }> }).providers ?? {}
    const providers = [...names].map((name) => {
      const mine = logins.filter((l) => l.provider === name)
      const known = host.providers.find((one) => one.id === name)
      const variable = known?.env.find((v) => host.env[v] ?? env[v])
      const usable = mine.some((l) => l.status !== 'expired')
      const kind = usable ? 'profiles' : own[name]?.apiKey ? 'models.json' : variable ? 'env' : 'missing'
      const free = name === 'demo' || known?.local || (own[name] && !own[name].apiKey)
      const program = own[name] || known ? undefined : host.modelProgram(config, name)
      const effective = program ? 'program' : kind === 'missing' && free ? 'no key needed' : kind
      const detail = {
        profiles: storePath,
        env: variable,
        'models.json': `models.providers.${name}.apiKey`,
        program,
        missing: program === '' ? 'the program is not there' : '',
      }[effective as 'env']
      const count = (type: string) => mine.filter((l) => l.type === type).length
      const profiles = { count: mine.length, oauth: count('oauth'), token: count('token'), apiKey: count('api_key') }
      return {
        provider: name,
        effective: { kind: effective, detail: detail ?? '' },
        profiles: { ...profiles, labels: mine.map((l) => l.profileId) },
      }
    })
    const missing = providers.filter((x) => x.effective.kind === 'missing').map((x) => x.provider)
    const targets = inUse.flatMap((ref) => {
      const mine = logins.filter((l) => l.provider === providerOf(ref) && l.status !== 'expired')
      return mine.length ? mine.map((l) => `${ref}@${l.profileId}`) : [ref]
    })
    const wanted = targets.filter(
      (t) =>
        (p.probeProvider === undefined || t.startsWith(`${p.probeProvider}/`)) &&
        (!p.probeProfile || p.probeProfile.some((id) => t.endsWith(`@${id}`))),
    )
    const asked = p.probe ? await probes(run, [...new Set(wanted)], p) : undefined
    const status = {
      configPath: paths.configPath,
      agentId: agent,
      agentDir: dirname(storePath),
      defaultModel: d.model.primary ?? null,
      resolvedDefault: resolved.ref ?? null,
      ...(resolved.problem === undefined ? {} : { problem: resolved.problem }),
      fallbacks,
      imageModel: d.imageModel?.primary ?? null,
      imageFallbacks: d.imageModel?.fallbacks ?? [],
      aliases: Object.fromEntries(Object.entries(d.models).flatMap(([r, m]) => (m.alias ? [[m.alias, r]] : []))),
      allowed: Object.keys(d.models),
      auth: {
        storePath,
        providersWithOAuth: [...new Set(logins.filter((l) => l.type !== 'api_key').map((l) => l.provider))],
        missingProvidersInUse: missing,
        providers,
        unusableProfiles: logins.filter((l) => l.status === 'expired').map((l) => l.profileId),
        oauth: { warnAfterMs: soonMs, profiles: logins },
      },
      ...(asked ? { probes: asked } : {}),
    }
    if (globals.json || p.statusJson) ctx.stdout(json(status))
    else if (p.plain || p.statusPlain) ctx.stdout(`${status.resolvedDefault ?? status.defaultModel ?? ''}\n`)
    else ctx.stdout(shown(status))
    if (!p.check) return 0
    if (missing.length || logins.some((l) => l.status === 'expired')) return 1
    return logins.some((l) => l.status === 'expiring') ? 2 : 0
  },
})

interface Status {
  readonly configPath: string
  readonly resolvedDefault: string | null
  readonly defaultModel: string | null
  readonly problem?: string
  readonly fallbacks: readonly string[]
  readonly imageModel: string | null
  readonly aliases: Readonly<Record<string, string>>
  readonly auth: {
    readonly storePath: string
    readonly providers: readonly { provider: string; effective: { kind: string; detail: string } }[]
    readonly oauth: { readonly profiles: readonly Seen[] }
  }
  readonly probes?: readonly Probe[]
}

const hours = (ms: number) =>
  ms < 2 * soonMs ? `${Math.max(0, Math.round(ms / 3_600_000))} h` : `${Math.round(ms / soonMs)} days`

function shown(s: Status): string {
  const aliases = Object.entries(s.aliases).map(([alias, ref]) => `${alias} → ${ref}`)
  const rows = [
    `Config     ${s.configPath}`,
    `Logins     ${s.auth.storePath}`,
    `Default    ${s.resolvedDefault ?? s.defaultModel ?? 'none'}${s.problem ? ` (${s.problem})` : ''}`,
    `Fallbacks  ${s.fallbacks.join(', ') || 'none'}`,
    `Pictures   ${s.imageModel ?? 'the default model, when it can see'}`,
    ...(aliases.length ? [`Aliases    ${aliases.join(', ')}`] : []),
    '',
    table(
      ['Provider', 'Key from', 'Where'],
      s.auth.providers.map((p) => [p.provider, p.effective.kind, p.effective.detail]),
    ),
  ]
  const logins = s.auth.oauth.profiles.map((l) => [
    l.profileId,
    l.type,
    l.status === 'static'
      ? 'does not expire'
      : l.status === 'expired'
        ? 'over'
        : `good for ${hours(l.remainingMs ?? 0)}`,
  ])
  if (logins.length) rows.push('', table(['Login', 'Kind', 'State'], logins))
  if (s.probes) {
    const asked = s.probes.map((p) => [p.target, p.ok ? 'answers' : 'fails', `${p.ms} ms`, p.said.slice(0, 80)])
    rows.push('', table(['Asked', 'Result', 'Time', 'Said'], asked))
  }
  return `${rows.join('\n')}\n`
}

export const commands: readonly Command[] = [modelsList, modelsStatus]
