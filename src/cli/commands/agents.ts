// Agents on the command line: made with a model and chats of their own, listed with them, and told who they are.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { describeError, Fault } from '../../lib/fault.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import { mainAgentId } from '../../config/agent-list.ts'
import { table } from '../../ops/table.ts'
import { defineCommand, type Command, type Run } from '../context.ts'
import { json } from '../print.ts'

const some = (what: string) => z.string().min(1).optional().describe(what)
const Config = z.looseObject({ hash: z.string().optional() })

/** Merges a patch into the gateway's config. */
async function patch(run: Run, change: object): Promise<void> {
  const { hash } = Config.parse(await run.call('config.get', {}))
  await run.call('config.patch', { raw: JSON.stringify(change), ...(hash === undefined ? {} : { baseHash: hash }) })
}

interface Binding {
  readonly agentId: string
  readonly match: { readonly channel: string; readonly accountId?: string }
}

/** A value of the gateway's config. */
const valueOf = async (run: Run, path: string): Promise<unknown> =>
  z.looseObject({ value: z.unknown() }).parse(await run.call('config.get', { path })).value

const bindingsOf = async (run: Run) => ((await valueOf(run, 'bindings')) ?? []) as readonly Binding[]

/** `telegram` or `telegram:work`. */
function bindingOf(agentId: string, text: string): Binding {
  const m = /^([a-z][\w-]*)(?::([\w-]+))?$/i.exec(text)
  if (!m) throw new Fault('INVALID_REQUEST', `--bind takes a channel, or channel:account, not "${text}"`)
  const [, channel = '', accountId] = m
  return { agentId, match: { channel: channel.toLowerCase(), ...(accountId === undefined ? {} : { accountId }) } }
}

const addFlags = z.strictObject({
  name: some('its name; its id is made of it'),
  workspace: some('its folder'),
  agentDir: some('the folder of its logins'),
  model: some('its model, as provider/model'),
  bind: z.array(z.string()).default([]).describe('chats it answers: a channel, or channel:account'),
  nonInteractive: z.boolean().default(false).describe('ask nothing'),
})

const add = defineCommand({
  path: 'agents add',
  summary: 'Makes an agent with a folder of its own.',
  args: ['name'],
  flags: addFlags,
  examples: ['agents add Librarian --model anthropic/claude-sonnet-4-6 --bind telegram:work'],
  async run(p, run) {
    let { name } = p
    if (name === undefined && run.ctx.stdinTTY && !p.nonInteractive) name = (await run.ctx.ask('Its name: ')).trim()
    if (!name) throw new Fault('INVALID_REQUEST', '<name> is missing: its id is made of it')
    const bindings = p.bind.map((text) => bindingOf(normalizeAgentId(name), text))
    const made = z
      .object({ agentId: z.string(), name: z.string(), workspace: z.string() })
      .parse(
        await run.call('agents.create', { name, ...(p.workspace === undefined ? {} : { workspace: p.workspace }) }),
      )
    if (p.model !== undefined) await run.call('agents.update', { agentId: made.agentId, model: p.model })
    if (p.agentDir !== undefined) await patch(run, { agents: { list: [{ id: made.agentId, agentDir: p.agentDir }] } })
    if (bindings.length) await patch(run, { bindings: [...(await bindingsOf(run)), ...bindings] })
    const chats = p.bind.length ? ` It answers ${p.bind.join(', ')}.` : ''
    const told = { ok: true, ...made, bindings }
    run.ctx.stdout(
      run.globals.json ? json(told) : `Agent ${made.agentId} is ready; its folder is ${made.workspace}.${chats}\n`,
    )
    return 0
  },
})

const Listed = z.object({
  defaultId: z.string(),
  agents: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().optional(),
      identity: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
})

const list = defineCommand({
  path: 'agents list',
  aliases: ['agents'],
  of: 'agents.list',
  flags: z.strictObject({ bindings: z.boolean().default(false).describe('also the chats each answers') }),
  async run({ bindings }, run) {
    const found = await run.call('agents.list', {})
    const all = bindings ? await bindingsOf(run) : []
    const { agents, defaultId } = Listed.parse(found)
    const chats = (id: string) =>
      all
        .filter((b) => normalizeAgentId(b.agentId) === id)
        .map((b) => [b.match.channel, b.match.accountId].filter(Boolean).join(':'))
    if (run.globals.json) run.ctx.stdout(json(bindings ? { ...(found as object), bindings: all } : found))
    else
      run.ctx.stdout(
        `${table(
          ['Agent', 'Name', 'Default', ...(bindings ? ['Answers'] : [])],
          agents.map((a) => [
            a.id,
            a.identity?.name ?? a.name ?? '',
            a.id === defaultId ? 'yes' : '',
            ...(bindings ? [chats(a.id).join(', ') || (a.id === defaultId ? 'everything else' : '')] : []),
          ]),
        )}\n`,
      )
    return 0
  },
})

const remove = defineCommand({
  path: 'agents delete',
  of: 'agents.delete',
  flags: z.strictObject({ force: z.boolean().default(false).describe('do not ask') }),
  async run({ force, ...said }: Record<string, unknown>, run) {
    const id = String(said['agentId'])
    if (!force) {
      if (!run.ctx.stdinTTY)
        throw new Fault('INVALID_REQUEST', `this would delete the agent ${id}; say --force to do it`)
      if (!/^y(es)?$/i.test((await run.ctx.ask(`Delete the agent ${id}? [y/N] `)).trim())) {
        run.ctx.stderr('Nothing was changed.\n')
        return 1
      }
    }
    const done = await run.call('agents.delete', said)
    run.ctx.stdout(run.globals.json ? json(done) : `Agent ${id} is gone; its files are in the trash folder.\n`)
    return 0
  },
})

/** What an IDENTITY.md says: lines such as `- **Name:** Molly`. */
function identityIn(markdown: string): Record<string, string> {
  const lines = markdown.matchAll(/^\s*[-*]?\s*\*{0,2}(Name|Theme|Vibe|Emoji|Avatar):\*{0,2}\s*(.+?)\s*$/gim)
  return Object.fromEntries(
    [...lines].map(([, key = '', value = '']) => [key.toLowerCase().replace('vibe', 'theme'), value]),
  )
}

const identityFlags = z.strictObject({
  agent: some('the agent; the default one when left out'),
  workspace: some('the agent with this folder'),
  identityFile: some('take what is not said from this file'),
  fromIdentity: z.boolean().default(false).describe('take what is not said from IDENTITY.md in its folder'),
  name: some('its name'),
  theme: some('what it is like'),
  emoji: some('its emoji'),
  avatar: some('its picture: a file in its folder, or an address'),
})

const setIdentity = defineCommand({
  path: 'agents set-identity',
  summary: 'Says who an agent is: its name, emoji, theme and picture.',
  flags: identityFlags,
  examples: ['agents set-identity --agent main --name Molly --emoji 🦞', 'agents set-identity --from-identity'],
  async run(p, run) {
    type Known = readonly { readonly id: string; readonly workspace?: string; readonly default?: boolean }[]
    const known = ((await valueOf(run, 'agents.list')) ?? []) as Known // the default agent need not be listed
    const byFolder = p.workspace === undefined ? undefined : known.find((a) => a.workspace === p.workspace)
    if (p.workspace !== undefined && !byFolder) throw new Fault('NOT_FOUND', `no agent has the folder ${p.workspace}`)
    const id = p.agent ?? byFolder?.id ?? mainAgentId(known)
    const folder = known.find((a) => a.id === id)?.workspace ?? run.paths.workspaceDir
    const file = p.identityFile ?? (p.fromIdentity ? join(folder, 'IDENTITY.md') : undefined)
    const read = async (path: string) =>
      identityIn(
        await readFile(path, 'utf8').catch((error: unknown) => {
          throw new Fault('NOT_FOUND', `${path} cannot be read: ${describeError(error)}`)
        }),
      )
    const { name, theme, emoji, avatar } = p
    const said = Object.fromEntries(Object.entries({ name, theme, emoji, avatar }).filter(([, v]) => v !== undefined))
    const identity = { ...(file === undefined ? {} : await read(file)), ...said }
    if (!Object.keys(identity).length)
      throw new Fault('INVALID_REQUEST', 'say who it is: --name, --theme, --emoji, --avatar, or --from-identity')
    await patch(run, { agents: { list: [{ id, identity }] } })
    const shown = Object.entries(identity).map(([key, value]) => `${key} ${value}`)
    run.ctx.stdout(run.globals.json ? json({ ok: true, agentId: id, identity }) : `${id}: ${shown.join(', ')}\n`)
    return 0
  },
})

export const commands: readonly Command[] = [add, list, remove, setIdentity]
