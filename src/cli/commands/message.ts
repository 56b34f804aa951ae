// Messages on the command line: files of this machine go along, many chats at once, and what else a platform can do.
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { describeError, Fault } from '../../lib/fault.ts'
import { defineCommand, type Command, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

/** A file as the gateway can send it: an address as it is, a path as the id of what was read there. */
async function uploaded(run: Run, file: string): Promise<string> {
  if (/^https?:\/\/|^med_/i.test(file)) return file
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Fault('NOT_FOUND', `${file} cannot be read: ${describeError(error)}`)
  })
  const mimeType = Bun.file(file).type.split(';')[0]
  const put = { content: bytes.toString('base64'), mimeType, name: basename(file) }
  return z.object({ id: z.string() }).parse(await run.call('media.put', put)).id
}

/** A command that is `send`, with a file of this machine. */
const sending = (path: string, summary: string) =>
  defineCommand({
    path,
    of: 'send',
    summary,
    flags: z.strictObject({}),
    async run(said: Record<string, unknown>, run) {
      const { mediaUrl } = said
      const input = typeof mediaUrl === 'string' ? { ...said, mediaUrl: await uploaded(run, mediaUrl) } : said
      return show(opOf(run.ctx, 'send'), await run.call('send', input), input, run)
    },
  })

const messageSend = sending('message send', 'Sends a message to a chat.')
const threadReply = sending('message thread reply', 'Says something in a thread.')

const messagePoll = defineCommand({
  path: 'message poll',
  of: 'poll',
  flags: z.strictObject({
    message: z.string().optional().describe('what to say before it, in Markdown'),
    pollMulti: z.boolean().optional().describe('any number of answers may be chosen'),
    pollPublic: z.boolean().optional().describe('everyone sees who chose what'),
  }),
  short: { message: 'm' },
  async run({ message, pollMulti, pollPublic, ...said }: Record<string, unknown>, run) {
    const input = {
      ...said,
      ...(pollMulti ? { maxSelections: (said['options'] as readonly string[]).length } : {}),
      ...(pollPublic ? { isAnonymous: false } : {}),
    }
    const { to, channel, accountId, threadId, dryRun } = said
    if (message !== undefined) await run.call('send', { to, channel, accountId, threadId, dryRun, message })
    return show(opOf(run.ctx, 'poll'), await run.call('poll', input), input, run)
  },
})

const broadcastFlags = z.strictObject({
  targets: z.array(z.string().min(1)).min(1).describe('the chats, as the channel names them'),
  message: z.string().optional().describe('the text, in Markdown'),
  media: z.string().optional().describe('a file to send along: its path here, or its address'),
  channel: z.string().optional().describe('the channel; may be left out when only one is set up'),
  account: z.string().optional().describe('the account it goes out by'),
  dryRun: z.boolean().optional().describe('check everything and send nothing'),
})

const messageBroadcast = defineCommand({
  path: 'message broadcast',
  summary: 'Sends one message to several chats.',
  short: { message: 'm' },
  flags: broadcastFlags,
  examples: ['message broadcast --targets 42,43 -m "Dinner is ready."'],
  async run({ targets, media, account: accountId, ...said }: z.output<typeof broadcastFlags>, run) {
    const file = media === undefined ? {} : { mediaUrl: await uploaded(run, media) }
    const results: { to: string; ok: boolean; messageId?: unknown; error?: string }[] = []
    for (const to of targets) {
      try {
        const sent = await run.call('send', { ...said, ...file, ...(accountId === undefined ? {} : { accountId }), to })
        results.push({ to, ok: true, messageId: (sent as { messageId?: unknown }).messageId })
      } catch (error) {
        results.push({ to, ok: false, error: describeError(error) })
      }
    }
    const line = (r: (typeof results)[number]) =>
      `${r.to}: ${r.ok ? (said.dryRun ? 'it would go.' : 'sent.') : r.error}\n`
    run.ctx.stdout(run.globals.json ? json({ results }) : results.map(line).join(''))
    return results.every((r) => r.ok) ? 0 : 1
  },
})

const text = (what: string) => z.string().min(1).describe(what)
const number = (what: string) => z.number().int().min(0).describe(what)
const texts = (what: string) => z.array(z.string().min(1)).describe(what)

/** The flags of these commands, by the names the actions’ own parameters have. */
const words = {
  target: text('the chat, as the channel names it'),
  message: text('the text, in Markdown'),
  messageId: text('the message, by the platform’s id'),
  media: text('the file: its path here, or the id of a stored one'),
  guildId: text('the server; may be left out when the bot is in one only'),
  channelId: text('the channel'),
  channelIds: texts('several channels'),
  userId: text('the person'),
  roleId: text('the role'),
  roleIds: texts('who may use it'),
  authorId: text('only what this person said'),
  authorIds: texts('only what these people said'),
  query: text('what to look for'),
  limit: number('at most this many'),
  before: text('only those before it'),
  includeArchived: z.boolean().describe('those that were put away, too'),
  threadName: text('its name'),
  autoArchiveMin: number('minutes of silence after which it is put away'),
  emojiName: text('its name'),
  stickerId: texts('the sticker'),
  stickerName: text('its name'),
  stickerDesc: text('what it shows'),
  stickerTags: text('the emoji it stands for'),
  eventName: text('its name'),
  eventType: z.enum(['stage', 'voice', 'external']).describe('where it takes place'),
  startTime: text('when it begins, such as 2026-12-24T18:00:00Z'),
  endTime: text('when it ends'),
  desc: text('what it is about'),
  location: text('where it is'),
  durationMin: number('for how many minutes'),
  until: text('until when'),
  reason: text('why, for the audit log'),
  deleteDays: number('how many days of what they said goes, too'),
} as const
type Word = keyof typeof words

/** A command for an action of a platform: the words after `message` are the action’s name, with dashes. */
function actionCommand(name: string, summary: string, needs: readonly Word[], may: readonly Word[] = []): Command {
  const flags = z.strictObject({
    ...Object.fromEntries(needs.map((w) => [w, words[w]])),
    ...Object.fromEntries(may.map((w) => [w, words[w].optional()])),
    channel: text('the channel; may be left out when only one is set up').optional(),
    account: text('the account').optional(),
    dryRun: z.boolean().optional().describe('say what would be asked, and ask nothing'),
  })
  return defineCommand({
    path: `message ${name}`,
    summary,
    short: { target: 't', message: 'm' },
    flags,
    async run({ channel, account, dryRun, ...said }: Record<string, unknown>, run) {
      const at = {
        action: name.replaceAll(' ', '-'),
        ...(channel === undefined ? {} : { channel }),
        ...(account === undefined ? {} : { accountId: account }),
      }
      if (dryRun) {
        run.ctx.stdout(json({ ...at, params: said, dryRun: true }))
        return 0
      }
      const { media } = said
      const params = typeof media === 'string' ? { ...said, media: await uploaded(run, media) } : said
      run.ctx.stdout(json(await run.call('message.action', { ...at, params })))
      return 0
    },
  })
}

const messageActions: readonly Command[] = [
  actionCommand(
    'thread create',
    'Opens a thread or topic.',
    ['target', 'threadName'],
    ['messageId', 'message', 'autoArchiveMin'],
  ),
  actionCommand('thread list', 'Lists threads.', [], ['guildId', 'channelId', 'includeArchived', 'before', 'limit']),
  actionCommand(
    'search',
    'Searches messages on the platform.',
    ['query'],
    ['guildId', 'channelId', 'channelIds', 'authorId', 'authorIds', 'limit'],
  ),
  actionCommand('permissions', 'Lists what the bot may do.', [], ['target']),
  actionCommand('channel info', 'Says what a chat is.', ['target']),
  actionCommand('channel list', 'Lists the chats of a server.', [], ['guildId']),
  actionCommand('member info', 'Says who someone is.', ['userId'], ['target', 'guildId']),
  actionCommand('voice status', 'Says whether someone is in a voice channel.', ['userId'], ['guildId']),
  actionCommand('role info', 'Lists the roles of a server.', [], ['guildId']),
  actionCommand('role add', 'Gives someone a role.', ['userId', 'roleId'], ['guildId']),
  actionCommand('role remove', 'Takes a role from someone.', ['userId', 'roleId'], ['guildId']),
  actionCommand('emoji list', 'Lists emoji of one’s own.', [], ['guildId']),
  actionCommand('emoji upload', 'Adds an emoji.', ['emojiName', 'media'], ['guildId', 'roleIds']),
  actionCommand('sticker send', 'Sends a sticker.', ['target', 'stickerId'], ['message']),
  actionCommand(
    'sticker upload',
    'Adds a sticker.',
    ['stickerName', 'stickerTags', 'media'],
    ['guildId', 'stickerDesc'],
  ),
  actionCommand('event list', 'Lists what is planned.', [], ['guildId']),
  actionCommand(
    'event create',
    'Plans an event.',
    ['eventName', 'startTime'],
    ['guildId', 'endTime', 'desc', 'eventType', 'channelId', 'location'],
  ),
  actionCommand(
    'timeout',
    'Lets someone say nothing for a while.',
    ['userId'],
    ['guildId', 'durationMin', 'until', 'reason'],
  ),
  actionCommand('kick', 'Takes someone out of a server.', ['userId'], ['guildId', 'reason']),
  actionCommand('ban', 'Bans someone from a server.', ['userId'], ['guildId', 'reason', 'deleteDays']),
]

export const commands: readonly Command[] = [...messageActions, messageBroadcast, messagePoll, messageSend, threadReply]
