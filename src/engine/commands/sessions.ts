// The commands that every chat has: help, status, stop, new, model and the like.
import { Fault } from '../../lib/fault.ts'
import { thinkingLevels } from '../../define/provider.ts'
import type { ApprovalDecision } from '../../domain/agent-event.ts'
import { agentOf } from '../../domain/session-key.ts'
import type { InboxRow } from '../../store/inbox.ts'
import * as sessions from '../../store/sessions.ts'
import type { ChatCommand } from './index.ts'
import { compact } from '../prompt/compact.ts'
import { dockCommands } from './dock.ts'
import { execCommands } from './exec.ts'
import type { Dispatch } from '../dispatch.ts'
import { resend } from '../delivery.ts'
import { isOwner } from './access.ts'
import { modelCommands, namedModel } from './models.ts'
import { queueCommand } from './queue.ts'
import { queueModes } from './queue-words.ts'
import { patchSession, resetSession } from '../sessions/index.ts'
import { reportCommands } from './reports.ts'
import { on, statusCard } from './status-card.ts'
import { stopSession } from '../stop.ts'
import { thinkingLevel } from './thinking-words.ts'
import { ttsCommand } from './tts.ts'
import type { TurnKit } from '../turn-kit.ts'

/** Commands on one page of help. */
const helpPage = 10

/** The list; `dispatch` and `all` come later because both need each other at run time only. */
export function sessionCommands(
  kit: TurnKit,
  dispatch: () => Dispatch,
  all: () => readonly ChatCommand[],
): ChatCommand[] {
  const { world } = kit
  const { db, settings } = world
  const stored = (key: string) => sessions.byKey(db, key)
  const agent = (key: string) => agentOf(key, settings.defaultAgent())

  async function fresh(key: string, rest: string) {
    const [, word = '', after = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
    const model = word && namedModel(settings.modelChoices(agent(key)), word)
    if (model) settings.candidates(agent(key), model) // one that cannot be asked begins nothing
    stopSession(kit, dispatch(), key, 'the session was started anew')
    await resetSession(world, key)
    if (model) await patchSession(world, key, { settings: { model } })
    const text = model ? after : rest
    if (text) return { goOn: text }
    return { reply: `✨ A new session${model ? ` with ${model}` : ''}. What is on your mind?` }
  }

  /** Throws FORBIDDEN for anybody but an owner. */
  function ownersOnly(row: InboxRow) {
    if (!isOwner(settings.owners(), row)) throw new Fault('FORBIDDEN', 'only an owner of the gateway may do this')
  }

  async function level(key: string, field: string, value: string, allowed: readonly string[], usual: string) {
    const current = (stored(key)?.settings as Record<string, string | undefined> | undefined)?.[field]
    if (!value) return { reply: `${field}: ${on(current, usual)}. Choose one of: ${allowed.join(', ')}.` }
    const chosen = value.toLowerCase()
    if (!allowed.includes(chosen)) throw new Fault('INVALID_REQUEST', `invalid ${field} (use ${allowed.join('|')})`)
    await patchSession(world, key, { settings: { [field]: chosen } })
    return { reply: `${field} is now ${chosen}.` }
  }

  const list: ChatCommand[] = [
    {
      name: 'help',
      aliases: ['commands', 'start'],
      summary: 'Shows what you can ask for.',
      args: [{ name: 'page', description: 'page of the list' }],
      run: ({ args }) => {
        const lines = all().map((c) => `/${c.name} - ${c.summary}`)
        const page = Number(args.trim())
        if (!page) return { reply: lines.join('\n') }
        const pages = Math.ceil(lines.length / helpPage)
        const shown = lines.slice((page - 1) * helpPage, page * helpPage)
        return { reply: [...shown, `Page ${Math.min(page, pages)} of ${pages}`].join('\n') }
      },
    },
    {
      name: 'status',
      summary: 'Shows the model, the context and the queue of this chat.',
      run: ({ session }) => ({ reply: statusCard(kit, dispatch(), session) }),
    },
    {
      name: 'whoami',
      aliases: ['id'],
      summary: 'Shows your id and this chat’s.',
      run: ({ row, session }) => {
        const { from, to } = row.message
        return {
          reply: `You: ${from.id}${from.handle ? ` (@${from.handle})` : ''}\nChat: ${to.channel}:${to.chat}\nSession: ${session}`,
        }
      },
    },
    {
      name: 'stop',
      summary: 'Stops what is going on and clears the queue.',
      run: ({ session }) => {
        const { runs, dropped } = stopSession(kit, dispatch(), session, 'stopped')
        const words =
          runs.length || dropped
            ? `⏹ Stopped${dropped ? `, ${dropped} waiting message(s) dropped` : ''}.`
            : 'Nothing is going on.'
        return { reply: words }
      },
    },
    {
      name: 'new',
      summary: 'Starts a new session; after it may come a model, and its first message.',
      run: ({ session, args }) => fresh(session, args),
    },
    {
      name: 'reset',
      summary: 'Starts a new session with the same settings.',
      run: ({ session, args }) => fresh(session, args),
    },
    {
      name: 'compact',
      summary: 'Condenses the history of this chat.',
      run: async ({ session, args }) => {
        const found = stored(session)
        if (!found) return { reply: 'There is nothing to condense yet.' }
        const candidates = settings.candidates(agent(session), found.settings.model)
        const done = await dispatch().alone(session, () => compact(kit, found.id, candidates, world.scope.signal, args))
        return {
          reply: done.compacted
            ? `🧹 Condensed: about ${done.tokensBefore} → ${done.tokensAfter} tokens.`
            : 'There is nothing to condense yet.',
        }
      },
    },
    ...modelCommands(world),
    {
      name: 'think',
      aliases: ['thinking', 't'],
      summary: 'Sets how much the model thinks first.',
      args: [{ name: 'level', description: 'how much', choices: thinkingLevels }],
      run: ({ session, args }) => {
        const id = agent(session)
        const reasons = () => settings.candidates(id, stored(session)?.settings.model)[0]?.info.reasoning
        const usual = args ? '' : (settings.agent(id)?.thinking ?? (reasons() ? 'low' : 'off'))
        return level(session, 'thinkingLevel', thinkingLevel(args), thinkingLevels, usual)
      },
    },
    {
      name: 'verbose',
      aliases: ['v'],
      summary: 'Sets how much of its tools the assistant shows.',
      args: [{ name: 'level', description: 'how much', choices: ['off', 'on', 'full'] }],
      run: ({ session, args }) => level(session, 'verboseLevel', args, ['off', 'on', 'full'], 'off'),
    },
    {
      name: 'reasoning',
      aliases: ['reason'],
      summary: 'Sets whether thinking is shown.',
      args: [{ name: 'level', description: 'whether', choices: ['off', 'on', 'stream'] }],
      run: ({ session, args }) => level(session, 'reasoningLevel', args, ['off', 'on', 'stream'], 'off'),
    },
    {
      name: 'queue',
      summary: 'Sets what happens to messages sent while an answer is written.',
      args: [
        { name: 'mode', description: 'what happens', choices: queueModes },
        { name: 'options', description: 'debounce:2s cap:25 drop:old|new|summarize' },
      ],
      run: ({ session, args, row }) => queueCommand(world, session, row.message.to.channel, args),
    },
    {
      name: 'activation',
      summary: 'Sets whether groups are answered always or when mentioned.',
      args: [{ name: 'when', description: 'when', choices: ['mention', 'always'] }],
      run: ({ session, args, row }) => {
        ownersOnly(row)
        if (row.message.kind === 'direct' && row.message.to.channel !== 'webchat')
          throw new Fault('INVALID_REQUEST', 'this is for groups; a direct chat is always answered')
        return level(session, 'groupActivation', args, ['mention', 'always'], 'mention')
      },
    },
    {
      name: 'approve',
      summary: 'Answers a request to run something.',
      args: [
        { name: 'id', description: 'the request' },
        { name: 'decision', description: 'the answer', choices: ['allow-once', 'allow-always', 'deny'] },
      ],
      run: ({ args, row, session }) => {
        const [id = '', decision = 'allow-once'] = args.split(/\s+/)
        const owners = settings.owners()
        const approver = row.message.to.channel === 'webchat' && row.options['approver'] === true
        if (!approver && !isOwner(owners, row))
          throw new Fault(
            'FORBIDDEN',
            owners
              ? 'only an owner of the gateway (commands.ownerAllowFrom) may answer this'
              : 'only people this assistant knows by name (allowFrom, or paired) may answer this',
          )
        const asked = kit.approvals.pending().find((r) => r.id === id)
        const elsewhere = row.message.to.channel !== 'webchat' && !owners && asked && asked.session !== session
        if (elsewhere && !kit.approvals.askedOf(id, row.message))
          throw new Fault('FORBIDDEN', 'this was asked in another chat; answer it there')
        if (!['allow-once', 'allow-always', 'deny'].includes(decision))
          throw new Fault('INVALID_REQUEST', 'invalid decision (use allow-once|allow-always|deny)')
        kit.approvals.resolve(id, decision as ApprovalDecision, row.message.from.id)
        return { reply: decision === 'deny' ? '🚫 Denied.' : '✅ Allowed.' }
      },
    },
    ...reportCommands(kit, ownersOnly),
    ...execCommands(kit, ownersOnly),
    ...dockCommands(world),
    ttsCommand(world),
    {
      name: 'resend',
      summary: 'Sends a message again that may not have arrived.',
      run: async ({ args }) => {
        await resend(world, args.trim())
        return {}
      },
    },
  ]
  return list
}
