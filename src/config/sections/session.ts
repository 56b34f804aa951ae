// The `session` and `messages` sections: how conversations are kept, queued and answered.
import { z } from 'zod'
import {
  byName,
  flag,
  group,
  int,
  intOr,
  maybe,
  no,
  scopeRules,
  span,
  text,
  textList,
  texts,
  word,
  wordOr,
} from '../fields.ts'
import { asRecord, salvage, section } from '../section.ts'
import { tts } from './tts.ts'

const reset = {
  mode: word(['daily', 'idle'], 'every day, or after a pause'),
  atHour: int(0, 'hour of the day', 23),
  idleMinutes: int(1, 'minutes of pause'),
}

const typingMode = word(['never', 'instant', 'thinking', 'message'], 'when signs of typing begin')

const sessionSchema = group('conversations', {
  scope: wordOr('per-sender', ['per-sender', 'global'], 'one session per sender, or one for all'),
  dmScope: wordOr(
    'main',
    ['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer'],
    'whether direct chats share the main session or have their own',
  ),
  identityLinks: byName('people with several accounts: their ids by name', z.array(z.string())),
  resetTriggers: textList('messages that start a new session', ['/new', '/reset']),
  idleMinutes: int(1, 'older word for reset.idleMinutes'),
  reset: maybe('when a new session starts by itself; daily at 4 when left out', reset),
  resetByType: maybe('the same by kind of chat', {
    direct: maybe('direct chats', reset),
    dm: maybe('older word for direct', reset),
    group: maybe('groups', reset),
    thread: maybe('threads', reset),
  }),
  resetByChannel: byName('the same by channel', z.strictObject(reset)),
  store: text('older place of the session store; {agentId} is replaced'),
  typingIntervalSeconds: int(1, 'seconds between signs of typing'),
  typingMode,
  mainKey: text('taken no notice of: the main session is called main'),
  sendPolicy: scopeRules('which sessions may send'),
  agentToAgent: group('agents that talk to each other', {
    maxPingPongTurns: intOr(5, 0, 'turns until they must stop', 5),
  }),
  maintenance: group('clearing old sessions away', {
    mode: wordOr('warn', ['enforce', 'warn'], 'do it, or only say so'),
    pruneAfter: span('age at which they go, such as 30d; 30d when left out'),
    pruneDays: int(1, 'older word for pruneAfter, in days'),
    maxEntries: intOr(500, 1, 'most sessions kept'),
    rotateBytes: span('of no effect: the store is a database, which is not rotated'),
  }),
})

const queueMode = z.enum(['steer', 'followup', 'collect', 'steer-backlog', 'steer+backlog', 'queue', 'interrupt'])

const messagesSchema = group('messages', {
  messagePrefix: text('text put before messages shown to the model'),
  responsePrefix: text('text before every answer; auto for the name of the agent'),
  groupChat: group('group chats', {
    mentionPatterns: texts('patterns that count as a mention'),
    historyLimit: intOr(50, 1, 'messages kept as context'),
  }),
  queue: group('messages that come during a turn', {
    mode: queueMode.default('collect').describe('what happens to them'),
    byChannel: byName('the same by channel', queueMode),
    debounceMs: intOr(1000, 0, 'how long to wait for more, in ms'),
    debounceMsByChannel: byName('the same by channel', z.number().int().min(0)),
    cap: intOr(20, 1, 'most messages waiting'),
    drop: wordOr('summarize', ['old', 'new', 'summarize'], 'what happens to more'),
  }),
  inbound: group('messages that come in quick succession', {
    debounceMs: intOr(0, 0, 'how long to wait for more, in ms'),
    byChannel: byName('the same by channel', z.number().int().min(0)),
  }),
  ackReaction: text('emoji put on a message when work on it starts; empty for none; the emoji of the agent else 👀'),
  ackReactionScope: wordOr(
    'group-mentions',
    ['group-mentions', 'group-all', 'direct', 'all'],
    'on which messages it is put',
  ),
  removeAckAfterReply: no('take it off when the answer is sent'),
  suppressToolErrors: no('say nothing of tools that failed'),
  replyTtlMinutes: intOr(
    10,
    1,
    'minutes an answer may wait for its platform; then it is shown as expired, not sent late',
  ),
  tts,
})

/** Keeps what is right; a send policy that is unclear lets nothing out. */
export const session = section('session', sessionSchema, (value, flaws) => {
  const kept = asRecord(salvage(value, flaws))
  return flaws.some((f) => f.at[0] === 'sendPolicy') ? { ...kept, sendPolicy: { default: 'deny' } } : kept
})

export const messages = section('messages', messagesSchema)

const auto = (about: string) =>
  z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe(about)
const people = z.array(z.union([z.string(), z.number()]).transform(String))

const commandsSchema = group('slash commands', {
  native: auto('put them in the menus of platforms'),
  nativeSkills: auto('put skills there too'),
  text: flag('read them in ordinary messages; yes when left out'),
  bash: no('`!` runs commands on the host'),
  bashForegroundMs: intOr(2000, 0, 'how long to wait for their end, in ms', 30_000),
  config: no('/config changes this file'),
  debug: no('/debug changes settings until the next start'),
  restart: z.boolean().default(true).describe('/restart restarts the gateway'),
  useAccessGroups: z.boolean().default(true).describe('only people on the allowlists'),
  ownerAllowFrom: people.optional().describe('owners of the gateway'),
  allowFrom: z.record(z.string(), people).optional().describe('people who may use commands, by channel or `*`'),
})

/** Leaves no command that touches the host, and nobody new who may use the others. */
export const commands = section('commands', commandsSchema, (value, flaws) => ({
  ...asRecord(salvage(value, flaws)),
  bash: false,
  config: false,
  debug: false,
  useAccessGroups: true,
  ...(flaws.some((f) => f.at[0] === 'allowFrom' || f.at.length === 0) ? { allowFrom: {} } : {}),
  ...(flaws.some((f) => f.at[0] === 'ownerAllowFrom') ? { ownerAllowFrom: [] } : {}),
}))
