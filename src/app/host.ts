// What commands that set this machine up need of the whole program: channels, models, and the environment.
import { deadline, type Clock } from '../lib/clock.ts'
import { describeError, Fault } from '../lib/fault.ts'
import type { ModelRequest } from '../define/provider.ts'
import type { HostParts } from '../cli/context.ts'
import type { Env, Paths } from '../config/paths.ts'
import { textOf } from '../domain/turn.ts'
import type { ChannelProblem } from '../ops/services.ts'
import { childEnv, spawner } from '../os/child.ts'
import { temporaryFile } from '../os/temporary-file.ts'
import { channelProblems } from './channels/checks.ts'
import { channels } from '../channels/index.ts'
import type { Config } from './catalog.ts'
import { environment } from './dotenv.ts'
import { memorySettings } from './settings/memory.ts'
import { modelsOf, usualModels } from './models/index.ts'
import { endpoints, localServers } from '../providers/catalog.ts'
import { accountsOf } from './settings/index.ts'

/** How this program is started: the executable, or the runtime with the entry file. */
const program = (): readonly string[] =>
  Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main]

/** The parameters of a tool that takes none. */
const nothing = { type: 'object', properties: {}, additionalProperties: false }

function usualOf(id: string): { usual?: string } {
  const usual = usualModels[id] ?? endpoints[id]?.usual
  return usual === undefined ? {} : { usual }
}

/** What is missing of the accounts the config names, and what their platforms say is wrong with them. */
async function problemsOf(config: Config, env: Env, clock: Clock, signal: AbortSignal): Promise<ChannelProblem[]> {
  const accounts = accountsOf(config, env).filter((a) => a.account['enabled'] !== false)
  const limit = deadline(clock, 5000, new Fault('TIMEOUT', 'no answer in 5 s'), signal)
  try {
    const missing = accounts.flatMap(({ channel, accountId, account }): ChannelProblem[] => {
      const text = channel.missing(account as never)
      if (text === undefined) return []
      const about = { id: `${channel.id}.missing`, channel: channel.id, severity: 'broken' as const }
      const fix = `oclaw channels add --channel ${channel.id}`
      return [{ ...about, text: `${channel.label} ${accountId}: ${text}`, fix }]
    })
    return [...missing, ...(await channelProblems(accounts, globalThis.fetch, limit.signal))]
  } finally {
    limit.done()
  }
}

/** The parts, for the installation at these paths. */
export function hostParts(paths: Paths, env: Env, clock: Clock): HostParts {
  const whole = environment(env, paths.stateDir)
  const models = (config: unknown, more: Env) =>
    modelsOf(
      () => config as Config,
      () => ({ ...more, ...whole }),
      { ...paths, clock },
    )
  const candidates = (config: unknown, more: Env, ref: string | undefined) =>
    models(config, more).candidates('main', ref)
  return {
    program: program(),
    env: whole,
    channels: channels.all,
    providers: Object.entries(endpoints)
      .filter(([id]) => id !== 'demo')
      .map(([id, e]) => ({ id, env: e.env, local: e.local === true, ...usualOf(id) })),
    accounts: (config, more) =>
      accountsOf(config as Config, { ...more, ...whole }).map(({ channel, accountId, account }) => ({
        channel: channel.id,
        accountId,
        account,
      })),
    channelProblems: (config, more, signal) => problemsOf(config as Config, { ...more, ...whole }, clock, signal),
    models: (config, more) => models(config, more).list(),
    modelProgram(config, provider) {
      const made = models(config, {})
      return made.endpoints(provider, 'main')[0]?.program?.command ?? (made.program(provider) ? '' : undefined)
    },
    model(config, more) {
      try {
        const ref = candidates(config, more, undefined)[0]?.ref
        return ref === undefined ? { problem: 'no model can be used; set a key' } : { ref }
      } catch (error) {
        return { problem: describeError(error) }
      }
    },
    meaning: (config, more) =>
      memorySettings(
        () => config as Config,
        () => ({ ...more, ...whole }),
        paths,
      )('main').embedder !== undefined,
    async ask(config, more, ref, text, signal, { tool, maxTokens = 100 } = {}) {
      const first = candidates(config, more, ref)[0]
      if (!first) throw new Fault('UNAVAILABLE', `the model ${ref ?? ''} cannot be used; set its key`)
      const request: ModelRequest = {
        model: first.info,
        system: 'Answer in one short sentence.',
        messages: [{ role: 'user', parts: [{ type: 'text', text }] }],
        tools: tool === undefined ? [] : [{ name: tool, description: 'Answers pong.', params: nothing }],
        thinking: 'off',
        maxTokens,
        session: 'onboard',
      }
      const picture = () => Promise.reject(new Fault('NOT_FOUND', 'there are no files here'))
      const programs = { spawn: spawner(clock), env: childEnv(whole), temporaryFile }
      const context = { clock, signal, fetch: globalThis.fetch, picture, programs }
      for await (const event of first.provider.stream(request, first.endpoint, context)) {
        if (event.type !== 'end') continue
        if (event.error) throw event.error
        const calls = event.parts.filter((part) => part.type === 'call').length
        return { ref: first.ref, text: textOf(event.parts), calls }
      }
      throw new Fault('UNAVAILABLE', `${first.ref} said nothing`)
    },
    localServers: (signal) => localServers(globalThis.fetch, clock, signal),
  }
}
