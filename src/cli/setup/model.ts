// Which model answers: a key, a server of this machine, or one of your own; asked once before it counts.
import { describeError, Fault } from '../../lib/fault.ts'
import { loadWhole } from '../host-facts.ts'
import type { HostParts, Run } from '../context.ts'
import type { Asker } from './asker.ts'
import { spanMs } from '../commands/cron.ts'
import { keepVariables, patchConfig } from './files.ts'
import { authChoices, keyFlags, type AuthChoice, type KeyFlag, type SetupFlags } from './flags.ts'
import { keepLogin, type NewLogin } from './login.ts'

/** What was chosen. */
interface Chosen {
  readonly choice: string
  readonly variables: Readonly<Record<string, string>>
  /** The same as a login, and what is no key. */
  readonly login?: NewLogin
  readonly patch: Readonly<Record<string, unknown>>
}

/** What came of it: the model's own words are there when it was asked. */
export interface ModelDone {
  readonly choice: string
  readonly ref?: string
  readonly reply?: string
}

const primary = (ref: string) => ({ agents: { defaults: { model: { primary: ref } } } })

/** A provider's name from its address: `custom-10-0-0-7-8000`. */
export const customId = (url: string): string => `custom-${new URL(url).host.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`

function custom(p: {
  readonly url: string
  readonly model: string
  readonly key?: string | undefined
  readonly id?: string | undefined
  readonly api: 'openai' | 'anthropic'
}): Chosen {
  const id = p.id ?? customId(p.url)
  const provider = {
    baseUrl: p.url,
    api: p.api === 'openai' ? 'openai-completions' : 'anthropic-messages',
    ...(p.key === undefined ? {} : { apiKey: p.key }),
    models: [{ id: p.model, name: p.model }],
  }
  const patch = { models: { providers: { [id]: provider } }, ...primary(`${id}/${p.model}`) }
  return { choice: 'custom-api-key', variables: {}, patch }
}

/** The model that is named, or the usual one of a provider. Throws INVALID_REQUEST when there is none. */
function refOf(host: HostParts, provider: string, model: string | undefined): string {
  const usual = host.providers.find((p) => p.id === provider)?.usual
  const ref = model ?? (usual === undefined ? undefined : `${provider}/${usual}`)
  if (ref === undefined)
    throw new Fault('INVALID_REQUEST', `say which model of ${provider} to use: --model ${provider}/<model>`)
  return ref
}

function withKey(
  host: HostParts,
  at: AuthChoice,
  key: string,
  choice: string,
  model: string | undefined = at.model === undefined ? undefined : `${at.provider}/${at.model}`,
): Chosen {
  const { provider, baseUrl } = at
  const variable = host.providers.find((p) => p.id === provider)?.env[0]
  if (variable === undefined)
    throw new Fault('INVALID_REQUEST', `${provider} takes no key; name a server with --custom-base-url`)
  const elsewhere = baseUrl === undefined ? {} : { models: { providers: { [provider]: { baseUrl, models: [] } } } }
  return {
    choice,
    variables: { [variable]: key },
    login: { provider, id: `${provider}:default`, kind: 'api_key', secret: key },
    patch: { ...elsewhere, ...primary(refOf(host, provider, model)) },
  }
}

/** A token of `--token`. */
function withToken(f: SetupFlags, host: HostParts, now: number): Chosen {
  const { token: secret, tokenProvider: provider = 'anthropic', tokenExpiresIn: span } = f
  if (secret === undefined) throw new Fault('INVALID_REQUEST', '--auth-choice token needs --token')
  const expires = span === undefined ? {} : { expires: now + spanMs(span, '--token-expires-in') }
  const login = { provider, id: f.tokenProfileId ?? `${provider}:manual`, kind: 'token' as const, secret, ...expires }
  return { choice: 'token', variables: {}, login, patch: primary(refOf(host, provider, f.model)) }
}

/** Anthropic's models, asked through a gateway at Cloudflare: https://developers.cloudflare.com/ai-gateway/. */
function withCloudflare(f: SetupFlags): Chosen {
  const [account, gateway] = [f.cloudflareAiGatewayAccountId, f.cloudflareAiGatewayGatewayId]
  const key = f.cloudflareAiGatewayApiKey
  if (account === undefined || gateway === undefined || key === undefined)
    throw new Fault(
      'INVALID_REQUEST',
      'Cloudflare AI Gateway needs --cloudflare-ai-gateway-account-id, --cloudflare-ai-gateway-gateway-id and --cloudflare-ai-gateway-api-key',
    )
  const url = `https://gateway.ai.cloudflare.com/v1/${encodeURIComponent(account)}/${encodeURIComponent(gateway)}/anthropic`
  const id = 'cloudflare-ai-gateway'
  const made = custom({ url, model: f.model?.replace(`${id}/`, '') ?? 'claude-sonnet-4-5', key, id, api: 'anthropic' })
  return { ...made, choice: 'cloudflare-ai-gateway-api-key' }
}

/** What the flags say; undefined when they say nothing of models. Throws INVALID_REQUEST when they contradict. */
function fromFlags(f: SetupFlags, host: HostParts, now: number): Chosen | undefined {
  const keys = Object.entries(keyFlags).flatMap(([flag, [provider]]) => {
    const value = f[flag as KeyFlag]
    return value === undefined ? [] : [{ provider, value }]
  })
  const others = [f.customBaseUrl, f.cloudflareAiGatewayApiKey, f.token].filter((v) => v !== undefined)
  if (keys.length + others.length > 1 && f.authChoice === undefined)
    throw new Fault('INVALID_REQUEST', 'several keys are given; say which one counts with --auth-choice')
  const said = f.authChoice === undefined ? undefined : authChoices[f.authChoice]
  if (said?.provider === 'skip') return { choice: 'skip', variables: {}, patch: {} }
  if (said?.provider === 'token' || (!said && f.token !== undefined)) return withToken(f, host, now)
  if (said?.provider === 'cloudflare-ai-gateway' || (!said && f.cloudflareAiGatewayApiKey !== undefined))
    return withCloudflare(f)
  if (said?.provider === 'custom' || (!said && f.customBaseUrl !== undefined)) {
    if (f.customBaseUrl === undefined || f.customModelId === undefined)
      throw new Fault('INVALID_REQUEST', 'a server of your own needs --custom-base-url and --custom-model-id')
    const { customBaseUrl: url, customModelId: model, customApiKey: key, customProviderId: id } = f
    return custom({ url, model, key, id, api: f.customCompatibility })
  }
  const at = said ?? (keys[0] && { provider: keys[0].provider })
  if (!at) return f.model === undefined ? undefined : { choice: 'model', variables: {}, patch: primary(f.model) }
  const { provider } = at
  const variable = host.providers.find((p) => p.id === provider)?.env.find((name) => host.env[name])
  const value =
    keys.find((k) => k.provider === provider)?.value ?? (variable === undefined ? undefined : host.env[variable])
  const choice = f.authChoice ?? Object.entries(authChoices).find(([, p]) => p.provider === provider)?.[0] ?? provider
  if (value === undefined) throw new Fault('INVALID_REQUEST', `--auth-choice ${choice} needs its key`)
  return withKey(host, at, value, choice, f.model)
}

const isUrl = (v: string) =>
  URL.canParse(v) && /^https?:/.test(v) ? undefined : 'an address such as http://127.0.0.1:8000/v1'
const notEmpty = (v: string) => (v.trim() ? undefined : 'it cannot be empty')

async function fromPerson(asker: Asker, run: Run, host: HostParts): Promise<Chosen> {
  const local = await asker.busy('Looking for model servers on this machine', () => host.localServers(run.ctx.signal))
  const keyed = host.providers.filter((p) => p.env.length)
  const set = keyed.filter((p) => p.env.some((name) => host.env[name]))
  const what = await asker.select('Where are your models?', [
    ...set.map((p) => ({ value: `key:${p.id}`, label: p.id, hint: 'a key is set in the environment' })),
    ...local.map((s) => ({
      value: `local:${s.id}`,
      label: `${s.id} on this machine`,
      hint: `${s.models.length} models`,
    })),
    ...keyed.filter((p) => !set.includes(p)).map((p) => ({ value: `key:${p.id}`, label: p.id, hint: 'with a key' })),
    { value: 'custom', label: 'A server of your own', hint: 'any that speaks as OpenAI or Anthropic does' },
    { value: 'skip', label: 'Decide later', hint: 'the built-in demo answers until then' },
  ])
  if (what === 'skip') return { choice: 'skip', variables: {}, patch: {} }
  if (what === 'custom') {
    const url = await asker.text({ message: 'Its address', placeholder: 'http://127.0.0.1:8000/v1', check: isUrl })
    const api = await asker.select('It speaks like', [
      { value: 'openai', label: 'OpenAI' },
      { value: 'anthropic', label: 'Anthropic' },
    ])
    const model = await asker.text({ message: 'The name of its model', check: notEmpty })
    const key = await asker.secret({ message: 'Its key (empty for none)' })
    return custom({ url, model, api, key: key || undefined })
  }
  const [kind, id = ''] = what.split(':')
  if (kind === 'local') {
    const models = local.find((s) => s.id === id)?.models ?? []
    const model = models.length
      ? await asker.select(
          'Which model?',
          models.map((m) => ({ value: m, label: m })),
        )
      : await asker.text({ message: 'The name of its model', check: notEmpty })
    return { choice: id, variables: {}, patch: primary(`${id}/${model}`) }
  }
  const known = host.providers.find((p) => p.id === id)
  const inEnv = known?.env.map((name) => host.env[name]).find(Boolean)
  const key = inEnv ?? (await asker.secret({ message: `Your key for ${id}`, check: notEmpty }))
  const usual = known?.usual
  const model = await asker.text({ message: 'Which model?', ...(usual ? { initial: usual } : {}), check: notEmpty })
  return withKey(host, { provider: id }, key, id, model.startsWith(`${id}/`) ? model : `${id}/${model}`)
}

/** Asks the model that is now set; answers its words, or why it gave none. */
async function tried(run: Run): Promise<{ ref: string; text: string } | { problem: string }> {
  const host = await run.ctx.host(run.paths)
  const loaded = await loadWhole(run, host)
  const limit = AbortSignal.any([run.ctx.signal, AbortSignal.timeout(60_000)])
  try {
    return await host.ask(loaded.config, loaded.env, undefined, 'Say hello in one short sentence.', limit)
  } catch (error) {
    return { problem: error instanceof Fault ? error.message : describeError(error) }
  }
}

/** Sets the model, and asks it; a person may try again, a script hears what went wrong. */
export async function modelStep(run: Run, flags: SetupFlags, asker: Asker | undefined): Promise<ModelDone> {
  const host = await run.ctx.host(run.paths)
  let given = fromFlags(flags, host, run.ctx.clock.now())
  if (!given && !asker) return { choice: 'skip' }
  for (;;) {
    const chosen = given ?? (await fromPerson(asker as Asker, run, host))
    const asLogin = chosen.login && (run.within || chosen.login.kind !== 'api_key') // a running gateway hears of logins at once
    if (asLogin && chosen.login) await keepLogin(run, chosen.login)
    else if (Object.keys(chosen.variables).length) await keepVariables(run, chosen.variables)
    if (Object.keys(chosen.patch).length) await patchConfig(run, chosen.patch)
    if (chosen.choice === 'skip' || flags.skipHealth) return { choice: chosen.choice }
    const said = await (asker ? asker.busy('Asking the model', () => tried(run)) : tried(run))
    if ('text' in said) {
      asker?.note(said.text, said.ref)
      return { choice: chosen.choice, ref: said.ref, reply: said.text }
    }
    if (!asker) throw new Fault('UNAVAILABLE', `the model did not answer: ${said.problem}`)
    asker.note(said.problem, 'The model did not answer')
    given = undefined
  }
}
