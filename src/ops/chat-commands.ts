// Slash commands that reach beyond a chat: its models, the config, the gateway itself.
import { Fault } from '../lib/fault.ts'
import { getPath } from '../config/path.ts'
import { normalizeAccountId } from '../define/accounts.ts'
import { agentOf } from '../domain/session-key.ts'
import { isOwner } from '../engine/commands/access.ts'
import type { ChatCommand, CommandAsk } from '../engine/commands/index.ts'
import * as entries from '../store/entries.ts'
import * as sessions from '../store/sessions.ts'
import type { Services } from './services.ts'
import { sessionPage } from './session-page.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'models' | 'gateway' | 'clock'>

/** Whether a key's value is one that is not shown. */
const isSecretKey = (key: string) => /(token|password|secret|api.?key)$/i.test(key)

/** Makes the commands; `services` is there once the gateway is. */
export function chatCommands(services: () => Needed): ChatCommand[] {
  /** Throws FORBIDDEN for anybody but an owner. */
  function ownersOnly({ row }: CommandAsk) {
    if (!isOwner(services().engine.world.settings.owners(), row))
      throw new Fault('FORBIDDEN', 'only an owner of the gateway may do this')
  }

  /** Throws FORBIDDEN where the config keeps chats from changing it. */
  function mayConfigure(ask: CommandAsk) {
    ownersOnly(ask)
    const { config, engine } = services()
    const { to } = ask.row.message
    if (getPath(config.current(), ['commands', 'config']) !== true)
      throw new Fault(
        'FORBIDDEN',
        'chats may not change the config; `oclaw config set commands.config true` lets owners',
      )
    if (engine.world.settings.account(to.channel, to.account)?.common.configWrites === false)
      throw new Fault('FORBIDDEN', `this account may not change the config (channels.${to.channel}.configWrites)`)
  }

  const change = (ask: CommandAsk, edit: Parameters<Needed['config']['change']>[0]) =>
    services().config.change(edit, {
      needsHash: false,
      who: `${ask.row.message.to.channel}:${ask.row.message.from.id}`,
    })

  /** What was written, as a value: JSON where it is JSON, else text. */
  const valueOf = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      return text // a word needs no quotes
    }
  }

  return [
    {
      name: 'config',
      summary: 'Shows or changes the config.',
      args: [
        { name: 'what', description: 'what to do', choices: ['show', 'get', 'set', 'unset'] },
        { name: 'path', description: 'the key, such as messages.ackReaction' },
        { name: 'value', description: 'its new value' },
      ],
      run: async (ask) => {
        mayConfigure(ask)
        const m = /^(show|get|set|unset)?\s*(\S+)?\s*([\s\S]*)$/i.exec(ask.args.trim())
        const verb = m?.[1]?.toLowerCase() ?? 'show'
        const path = (m?.[2] ?? '').replace(/=$/, '')
        if (verb === 'show' || verb === 'get') {
          const { config } = await services().config.snapshot()
          const value = path ? getPath(config, path.split('.')) : config
          return { reply: `\`\`\`json\n${JSON.stringify(value ?? null, null, 2).slice(0, 3500)}\n\`\`\`` }
        }
        if (!path) throw new Fault('INVALID_REQUEST', `say which key: /config ${verb} <path>`)
        if (verb === 'unset') await change(ask, { kind: 'unset', path })
        else await change(ask, { kind: 'set', path, value: valueOf(m?.[3]?.replace(/^=\s*/, '') ?? '') })
        return { reply: `✅ ${path} is ${verb === 'unset' ? 'back at its default' : 'changed'}.` }
      },
    },
    {
      name: 'debug',
      summary: 'Lays values over the config until the gateway ends.',
      args: [
        { name: 'what', description: 'what to do', choices: ['show', 'set', 'unset', 'reset'] },
        { name: 'path', description: 'the key, such as messages.responsePrefix' },
        { name: 'value', description: 'its value' },
      ],
      run: async (ask) => {
        ownersOnly(ask)
        const { config } = services()
        if (getPath(config.current(), ['commands', 'debug']) !== true)
          throw new Fault('FORBIDDEN', 'chats may not do this; `oclaw config set commands.debug true` lets owners')
        const [, verb = 'show', path = '', value = ''] =
          /^(\w+)?\s*([^\s=]+)?\s*=?\s*([\s\S]*)$/.exec(ask.args.trim()) ?? []
        switch (verb.toLowerCase()) {
          case 'show':
            break
          case 'reset':
            await config.override()
            break
          case 'set':
          case 'unset':
            if (!path) throw new Fault('INVALID_REQUEST', `say which key: /debug ${verb} <path>`)
            await config.override(path, verb === 'set' ? valueOf(value) : undefined)
            break
          default:
            throw new Fault('INVALID_REQUEST', 'use /debug show, set, unset or reset')
        }
        const lines = [...config.overrides()].map(
          ([key, over]) => `${key} = ${isSecretKey(key) ? '•••' : JSON.stringify(over)}`,
        )
        return { reply: lines.join('\n') || 'Nothing is laid over the config.' }
      },
    },
    {
      name: 'allowlist',
      summary: 'Shows or changes who may write to this account.',
      args: [
        { name: 'what', description: 'what to do', choices: ['list', 'add', 'remove'] },
        { name: 'where', description: 'in direct chats or groups', choices: ['dm', 'group'] },
        { name: 'who', description: 'their id or handle' },
      ],
      run: async (ask) => {
        ownersOnly(ask)
        const { config, engine } = services()
        const { to } = ask.row.message
        const words = ask.args.split(/\s+/).filter(Boolean)
        const verb = words[0]?.toLowerCase() ?? 'list'
        const where = words[1] === 'group' || words[1] === 'dm' ? words[1] : 'dm'
        const who = words.filter((w, i) => i > 0 && w !== 'dm' && w !== 'group')[0]
        const field = where === 'group' ? 'groupAllowFrom' : 'allowFrom'
        const common = engine.world.settings.account(to.channel, to.account)?.common
        if (!common) throw new Fault('INVALID_REQUEST', 'this is for chats of a channel, not for the Control UI')
        const now = common[field] ?? []
        if (verb === 'list') return { reply: `${field}: ${now.join(', ') || 'nobody'}` }
        mayConfigure(ask)
        if (!who || !['add', 'remove'].includes(verb))
          throw new Fault('INVALID_REQUEST', 'say whom: /allowlist add|remove dm|group <id>')
        const next =
          verb === 'add' ? [...new Set([...now, who])] : now.filter((x) => x.toLowerCase() !== who.toLowerCase())
        const named = Object.keys(getPath(config.current(), ['channels', to.channel, 'accounts']) ?? {})
        const own = named.find((name) => normalizeAccountId(name) === to.account)
        const path = ['channels', to.channel, ...(own === undefined ? [] : ['accounts', own]), field]
        await change(ask, { kind: 'patch', patch: path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), next) })
        return { reply: `${field}: ${next.join(', ') || 'nobody'}` }
      },
    },
    {
      name: 'restart',
      summary: 'Starts the gateway anew.',
      run: (ask) => {
        ownersOnly(ask)
        if (getPath(services().config.current(), ['commands', 'restart']) === false)
          throw new Fault('FORBIDDEN', 'chats may not restart the gateway (commands.restart)')
        services().gateway.stop({ reason: `/restart by ${ask.row.message.from.id}`, restart: true })
        return { reply: '🔄 Starting anew; I am back in a moment.' }
      },
    },
    {
      name: 'export-session',
      aliases: ['export'],
      summary: 'Gives you this chat’s history as a page.',
      run: async ({ session }) => {
        const { engine, clock } = services()
        const { world } = engine
        const found = sessions.byKey(world.db, session)
        if (!found) return { reply: 'There is nothing to export yet.' }
        const agent = world.settings.agent(agentOf(session, world.settings.defaultAgent()))
        const page = sessionPage(found, entries.latest(world.db, found.id, 10_000), clock.now())
        const name = `session-${found.id}.html`
        const ref = await world.outside.media.save(new TextEncoder().encode(page), { mime: 'text/html', name })
        if (agent) await world.outside.saveText(`${agent.workspace}/exports/${name}`, page)
        return { reply: `📄 ${name}${agent ? `, also in ${agent.workspace}/exports` : ''}`, media: [ref] }
      },
    },
  ]
}
