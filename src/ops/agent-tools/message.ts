// The tool by which an agent acts in chats: its own freely, others only as the config allows.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyOp } from '../../define/op.ts'
import type { AnyTool, ToolContext } from '../../define/tool.ts'
import type { Address } from '../../domain/address.ts'
import { untrusted } from '../../domain/untrusted.ts'
import { keep, looseFile } from '../../engine/answer/sendable.ts'
import { addressOf } from '../address.ts'
import { messageActOps } from '../message-acts.ts'
import { pollOps } from '../polls.ts'
import { sendOps } from '../send.ts'
import type { Services } from '../services.ts'
import { callOp, told, tool } from './calls.ts'
import { mayAct } from './gates.ts'

const actions = [
  'send',
  'react',
  'reactions',
  'edit',
  'delete',
  'read',
  'poll',
  'pin',
  'unpin',
  'pins',
  'broadcast',
  'action',
] as const

/** The operation of an action. */
function opOf(action: string): AnyOp {
  const all = [...sendOps, ...pollOps, ...messageActOps] as unknown as readonly AnyOp[]
  const id = action === 'send' || action === 'poll' ? action : `message.${action}`
  return all.find((op) => op.id === id) as AnyOp
}

const same = (a: Address, b: Address) => a.channel === b.channel && a.account === b.account && a.chat === b.chat

const Params = z.strictObject({
  action: z.enum(actions).describe('what to do'),
  channel: z.string().optional().describe('the channel; this chat’s when absent'),
  target: z.string().optional().describe('the chat or person; this chat when absent'),
  targets: z.array(z.string()).max(20).optional().describe('broadcast: the chats'),
  accountId: z.string().optional().describe('the account it goes out by'),
  threadId: z.union([z.string(), z.number()]).optional().describe('the thread or topic'),
  message: z.string().optional().describe('send, edit, broadcast: the text, in Markdown'),
  media: z.string().optional().describe('send: a file of the workspace, or the https address of one'),
  buffer: z.base64().optional().describe('send: the bytes of a file, in base64, with filename'),
  filename: z.string().max(255).optional().describe('send: the name of the file'),
  asVoice: z.boolean().optional().describe('send: sound as a voice message'),
  replyTo: z.string().optional().describe('send: the message it answers'),
  silent: z.boolean().optional().describe('send, poll: without a sound'),
  buttons: z
    .array(z.array(z.strictObject({ text: z.string(), data: z.string() })))
    .optional()
    .describe('send: rows of buttons'),
  components: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .describe('send, Discord: message components as its API takes them'),
  messageId: z.string().optional().describe('react, edit, delete, pin: which message'),
  emoji: z.string().optional().describe('react: the emoji; empty takes it back'),
  remove: z.boolean().optional().describe('react: take it back'),
  limit: z.number().int().min(1).max(100).optional().describe('read: how many'),
  before: z.string().optional().describe('read: those before this message'),
  after: z.string().optional().describe('read: those after it'),
  around: z.string().optional().describe('read: those around it'),
  pollQuestion: z.string().optional().describe('poll: the question'),
  pollOption: z.array(z.string()).optional().describe('poll: the answers'),
  pollMulti: z.boolean().optional().describe('poll: several may be chosen'),
  pollDurationHours: z.number().int().min(1).optional().describe('poll: how long it is open'),
  name: z.string().optional().describe('action: which of the platform’s own'),
  params: z.record(z.string(), z.unknown()).optional().describe('action: what it needs'),
  dryRun: z.boolean().optional().describe('send: check everything and send nothing'),
})

type Params = z.output<typeof Params>

/** What of the input an action's operation takes. */
function paramsOf(p: Params, to: object): object {
  const { messageId, emoji, remove, limit, before, after, around } = p
  switch (p.action) {
    case 'poll':
      return {
        ...to,
        question: p.pollQuestion ?? p.message,
        options: p.pollOption,
        maxSelections: p.pollMulti ? Math.max(1, p.pollOption?.length ?? 1) : undefined,
        durationHours: p.pollDurationHours,
        silent: p.silent,
      }
    case 'react':
      return { ...to, messageId, emoji, remove }
    case 'edit':
      return { ...to, messageId, message: p.message }
    case 'read':
      return { ...to, limit, before, after, around }
    case 'pins':
      return { ...to, limit }
    default:
      return { ...to, messageId }
  }
}

/** The tool. */
export function messageTool(s: Services): AnyTool {
  const { settings } = s.engine.world

  /** Where the input means; throws FORBIDDEN for a chat the config keeps this one from. */
  async function place(
    p: Params,
    target: string | undefined,
    ctx: ToolContext,
    reads: boolean,
  ): Promise<{ at: Address; away: boolean }> {
    const here = ctx.chat?.channel === 'webchat' ? undefined : ctx.chat
    const channel = p.channel ?? here?.channel
    const accountId = p.accountId ?? (channel === here?.channel ? here?.account : undefined)
    if (target === undefined && here && (p.channel === undefined || p.channel === here.channel)) {
      const thread = p.threadId === undefined ? here.thread : String(p.threadId)
      return { at: { ...here, ...(thread === undefined ? {} : { thread }) }, away: false }
    }
    if (target === undefined)
      throw new Fault('INVALID_REQUEST', 'say which chat: target, such as the id of a person or group')
    const at = await addressOf(s, { to: target, channel, accountId, threadId: p.threadId }, 'channel')
    if (!here || same(at, here)) {
      if (!here && !ctx.owner) throw new Fault('FORBIDDEN', 'only an owner may have messages sent from here')
      return { at, away: false }
    }
    const rule = settings.messageRule()
    const may = at.channel === here.channel ? rule.sameChannel : rule.otherChannels
    if (!may)
      throw new Fault('FORBIDDEN', `this chat may not reach others on ${at.channel} (tools.message.crossContext)`)
    if (reads && !ctx.owner) throw new Fault('FORBIDDEN', 'only an owner may have other chats read')
    return { at, away: true }
  }

  /** The file that is to go along, stored; its id. */
  async function storedFile(p: Params, ctx: ToolContext): Promise<string | undefined> {
    const { world } = s.engine
    if (p.media === undefined && p.buffer === undefined) return undefined
    const name = p.filename
    const file =
      p.buffer === undefined
        ? await looseFile(world, p.media as string, ctx.workspace, ctx.signal)
        : {
            bytes: Uint8Array.fromBase64(p.buffer),
            mime: Bun.file(name ?? '').type.split(';')[0] || 'application/octet-stream',
          }
    return (await keep(world, name === undefined ? file : { ...file, name })).id
  }
  /** Throws FORBIDDEN for what the account keeps agents from. */
  const open = (at: Address, action: string) => mayAct(settings.account(at.channel, at.account)?.common, at, action)

  async function send(p: Params, target: string | undefined, ctx: ToolContext) {
    const { at, away } = await place(p, target, ctx, false)
    open(at, 'send')
    const { prefix, suffix } = settings.messageRule()
    const from = (text: string) => text.replaceAll('{channel}', ctx.chat?.channel ?? 'webchat')
    const text = p.message ?? ''
    const marked = away && text ? `${from(prefix)}${text}${from(suffix)}` : text
    const { chat: to, channel, account: accountId, thread: threadId } = at
    return callOp(
      opOf('send'),
      {
        to,
        channel,
        accountId,
        threadId,
        message: marked,
        mediaUrl: p.dryRun ? undefined : await storedFile(p, ctx),
        asVoice: p.asVoice,
        replyTo: p.replyTo,
        silent: p.silent,
        buttons: p.buttons,
        components: p.components,
        dryRun: p.dryRun,
      },
      s,
      ctx,
    )
  }

  return tool({
    id: 'message',
    summary:
      'Acts in chats: send, react, edit, delete, read, poll, pin and what else the platform can. Plain answers need no tool.',
    risk: 'write',
    params: Params,
    async run(p, ctx) {
      if (p.action === 'send') return told(await send(p, p.target, ctx))
      if (p.action === 'broadcast') {
        if (!settings.messageRule().broadcast)
          throw new Fault('FORBIDDEN', 'broadcasts are off (tools.message.broadcast.enabled)')
        const results: object[] = []
        for (const target of p.targets ?? [])
          results.push(
            await send(p, target, ctx).then(
              (r) => ({ target, ...(r as object) }),
              (error: unknown) => ({ target, error: String(error instanceof Fault ? error.message : error) }),
            ),
          )
        return told({ results })
      }
      if (p.action === 'action') {
        if (!ctx.owner) throw new Fault('FORBIDDEN', 'only an owner may use the platform’s own actions')
        const channel = p.channel ?? ctx.chat?.channel
        return told(
          await callOp(opOf('action'), { action: p.name, channel, accountId: p.accountId, params: p.params }, s, ctx),
        )
      }
      const reads = ['read', 'reactions', 'pins'].includes(p.action)
      const { at, away } = await place(p, p.target, ctx, reads)
      if (away && !reads && p.action !== 'react' && p.action !== 'poll' && !ctx.owner)
        throw new Fault('FORBIDDEN', `only an owner may have messages of other chats changed`)
      open(at, p.action)
      const to = { to: at.chat, channel: at.channel, accountId: at.account, threadId: at.thread }
      const result = await callOp(opOf(p.action), paramsOf(p, to), s, ctx)
      if (!reads) return told(result)
      return { ok: true, text: untrusted(`messages of ${at.channel} ${at.chat}`, JSON.stringify(result, null, 1)) }
    },
  })
}
