// Logins at providers of models: added, pasted, and put in the order they are tried.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { changeLogins, loginsOf, readLogins } from '../../os/logins.ts'
import { defineCommand, type Command, type Run } from '../context.ts'
import { json } from '../print.ts'
import { terminalAsker } from '../setup/asker.ts'
import { patchConfig } from '../setup/files.ts'
import { keepLogin, loginPlace, type NewLogin } from '../setup/login.ts'
import { spanMs } from './cron.ts'

const text = (what: string) => z.string().min(1).describe(what)
const agentFlag = { agent: text('whose; the default agent’s when left out').optional() }
const provider = text('the provider, such as anthropic').transform((p) => p.trim().toLowerCase())

/** A secret from the person, or from what is piped in. Throws INVALID_REQUEST for none. */
async function secretFrom(run: Run, message: string): Promise<string> {
  const said = run.ctx.stdinTTY
    ? await (await terminalAsker(`${run.ctx.name} models auth`)).secret({ message })
    : await run.ctx.stdin()
  const secret = said.trim()
  if (!secret || /\s/.test(secret)) throw new Fault('INVALID_REQUEST', 'that is no key or token; nothing was changed')
  return secret
}

async function add(run: Run, a: NewLogin): Promise<number> {
  const path = await keepLogin(run, a)
  const done = { ok: true, profileId: a.id, provider: a.provider, type: a.kind, path }
  run.ctx.stdout(run.globals.json ? json(done) : `${a.id} can be used now; it is kept in ${path}\n`)
  return 0
}

const idFlag = (usual: string) => text(`the name of the login; ${usual} when left out`).optional()

const addCommand = defineCommand({
  path: 'models auth add',
  summary: 'Adds a login: asks for the provider and its key, or takes the key from standard input.',
  flags: z.strictObject({
    provider: provider.optional(),
    profileId: idFlag('<provider>:default'),
    kind: z.enum(['api_key', 'token']).default('api_key').describe('an API key, or a token'),
    ...agentFlag,
  }),
  examples: ['models auth add', 'models auth add --provider openai --profile-id openai:work < key.txt'],
  async run(p, run) {
    let name = p.provider
    if (name === undefined) {
      if (!run.ctx.stdinTTY)
        throw new Fault('INVALID_REQUEST', '--provider is missing: the provider, such as anthropic')
      const { providers } = await run.ctx.host(run.paths)
      const known = providers.filter((one) => !one.local).map((one) => ({ value: one.id, label: one.id }))
      name = await (await terminalAsker(`${run.ctx.name} models auth add`)).select('Which provider?', known)
    }
    const secret = await secretFrom(run, `The ${p.kind === 'token' ? 'token' : 'API key'} for ${name}`)
    return add(run, { provider: name, id: p.profileId ?? `${name}:default`, kind: p.kind, secret, agent: p.agent })
  },
})

const login = defineCommand({
  path: 'models auth login',
  summary: 'Logs in at a provider, with an API key or a token of it.',
  flags: z.strictObject({
    provider,
    method: z.enum(['api-key', 'token']).default('api-key').describe('with what'),
    setDefault: z.boolean().default(false).describe('use its usual model from now on'),
    ...agentFlag,
  }),
  examples: ['models auth login --provider openrouter --set-default'],
  async run(p, run) {
    const found = (await run.ctx.host(run.paths)).providers.find((one) => one.id === p.provider)
    if (p.setDefault && found?.usual === undefined)
      throw new Fault(
        'INVALID_REQUEST',
        `${p.provider} has no usual model; choose one: oclaw models set ${p.provider}/…`,
      )
    const kind = p.method === 'token' ? 'token' : 'api_key'
    const secret = await secretFrom(run, `The ${p.method} of ${p.provider}`)
    if (p.setDefault && found?.usual)
      await patchConfig(run, { agents: { defaults: { model: { primary: `${p.provider}/${found.usual}` } } } })
    return add(run, { provider: p.provider, id: `${p.provider}:default`, kind, secret, agent: p.agent })
  },
})

const pasteToken = defineCommand({
  path: 'models auth paste-token',
  summary: 'Keeps a token that you paste, or that is piped in.',
  flags: z.strictObject({
    provider,
    profileId: idFlag('<provider>:manual'),
    expiresIn: text('how long it is good, such as 30d or 12h').optional(),
    ...agentFlag,
  }),
  examples: ['models auth paste-token --provider anthropic --expires-in 365d'],
  async run(p, run) {
    const expires =
      p.expiresIn === undefined ? {} : { expires: run.ctx.clock.now() + spanMs(p.expiresIn, '--expires-in') }
    const secret = await secretFrom(run, `The token for ${p.provider}`)
    const id = p.profileId ?? `${p.provider}:manual`
    return add(run, { provider: p.provider, id, kind: 'token', secret, agent: p.agent, ...expires })
  },
})

const setupToken = defineCommand({
  path: 'models auth setup-token',
  summary: 'Keeps the token that `claude setup-token` prints.',
  short: { yes: 'y' },
  flags: z.strictObject({
    provider: provider.default('anthropic'),
    yes: z.boolean().default(false).describe('do not explain'),
    ...agentFlag,
  }),
  async run(p, run) {
    if (!p.yes && run.ctx.stdinTTY)
      run.ctx.stderr('Run `claude setup-token` in another terminal, and paste what it prints.\n')
    const secret = await secretFrom(run, 'The setup token')
    if (p.provider === 'anthropic' && !secret.startsWith('sk-ant-oat'))
      throw new Fault(
        'INVALID_REQUEST',
        'a setup token begins with sk-ant-oat; an API key goes to `oclaw models auth add`',
      )
    return add(run, { provider: p.provider, id: `${p.provider}:default`, kind: 'token', secret, agent: p.agent })
  },
})

function told(run: Run, name: string, path: string, order: readonly string[]): number {
  const row = { provider: name, order: order.length ? order : null, path }
  const line = order.length ? order.join(', ') : 'no order of its own: that of the config, or by kind'
  run.ctx.stdout(run.globals.json ? json(row) : `${name}: ${line}\n`)
  return 0
}

const orderFlags = { provider, ...agentFlag }
const orderCommands: readonly Command[] = [
  defineCommand({
    path: 'models auth order get',
    summary: 'Shows in which order the logins of a provider are tried.',
    flags: z.strictObject(orderFlags),
    async run(p, run) {
      const { path } = await loginPlace(run, p.agent)
      return told(run, p.provider, path, readLogins(path).order[p.provider] ?? [])
    },
  }),
  defineCommand({
    path: 'models auth order set',
    summary: 'Sets in which order the logins of a provider are tried; others are not.',
    args: ['profileIds'],
    flags: z.strictObject({ profileIds: z.array(text('a login')).min(1).describe('the logins'), ...orderFlags }),
    async run({ profileIds, ...p }, run) {
      const { path, dirs } = await loginPlace(run, p.agent)
      const known = loginsOf(dirs, 0, p.provider, undefined).map((l) => l.id)
      const odd = profileIds.find((id) => !readLogins(path).list.some((l) => l.id === id) && !known.includes(id))
      if (odd !== undefined)
        throw new Fault(
          'NOT_FOUND',
          `there is no login ${odd} for ${p.provider}; there are: ${known.join(', ') || 'none'}`,
        )
      await changeLogins(path, (file) => void (file.order[p.provider] = [...new Set(profileIds)]))
      return told(run, p.provider, path, profileIds)
    },
  }),
  defineCommand({
    path: 'models auth order clear',
    summary: 'Goes back to the usual order of the logins of a provider.',
    flags: z.strictObject(orderFlags),
    async run(p, run) {
      const { path } = await loginPlace(run, p.agent)
      await changeLogins(path, (file) => void delete file.order[p.provider])
      return told(run, p.provider, path, [])
    },
  }),
]

export const commands: readonly Command[] = [addCommand, login, pasteToken, setupToken, ...orderCommands]
