// Questions to people in the chats where they are: asked with buttons, and closed once somebody has answered.
import { describeError } from '../../lib/fault.ts'
import type { Address } from '../../domain/address.ts'
import type { ApprovalDecision, ApprovalRequest } from '../../domain/agent-event.ts'
import type { InboundMessage } from '../../domain/message.ts'
import * as outbox from '../../store/outbox.ts'
import { say } from '../say.ts'
import type { World } from '../world.ts'

/** Where a question is asked, under which key of the outbox. */
export interface Asked {
  readonly to: Address
  readonly key: string
}

/** The chats a question goes to: the one it comes from, and those the config names for it. */
export function chatsFor(world: World, r: ApprovalRequest, from: Address | undefined): readonly Asked[] {
  const { here, targets } = world.settings.approvalChats(r.agent, r.session)
  const own = here && from && from.channel !== 'webchat' ? [from] : []
  return [...own, ...targets].map((to, i) => ({ to, key: i ? `${r.id}@${i}` : r.id }))
}

/** Asks in the chats; inside a transaction. */
export function askChats(world: World, r: ApprovalRequest, asked: readonly Asked[]): void {
  const data = (decision: ApprovalDecision) => `/approve ${r.id} ${decision}`
  const buttons = [
    [
      { text: 'Allow once', data: data('allow-once'), style: 'primary' as const },
      { text: 'Always allow', data: data('allow-always') },
      { text: 'Deny', data: data('deny'), style: 'danger' as const },
    ],
  ]
  const on = r.host === undefined ? '' : ` on ${r.host}`
  const plain = /^[\w./@:+-]*$/.test(r.cwd) // anything else would be shown otherwise than it is
  const where =
    r.cwd || on ? [plain ? `in ${r.cwd || 'its own folder'}${on}` : `in\n\`\`\`\n${r.cwd}\n\`\`\`${on}`, ''] : ['']
  const words = ['May I run this?', '```', r.command, '```', ...where]
  const typed = (['allow-once', 'allow-always', 'deny'] as const).map(data)
  for (const { to, key } of asked) say(world, to, [...words, ...typed].join('\n'), { key, buttons })
}

/** Whether a message comes from a chat, or from a person, a question was put to. */
export const askedOf = (asked: readonly Asked[], { to, from }: InboundMessage): boolean =>
  asked.some(
    (a) =>
      a.to.channel === to.channel &&
      a.to.account === to.account &&
      (a.to.chat === to.chat || a.to.chat === from.id || a.to.chat === `user:${from.id}`),
  )

const ends: Readonly<Record<ApprovalDecision, string>> = {
  'allow-once': '✅ Allowed',
  'allow-always': '✅ Always allowed',
  deny: '🚫 Denied',
}

/** Shows in the chats what came of a question, so that nobody answers it again; its buttons go with that. */
export async function closeChats(
  world: World,
  r: ApprovalRequest,
  asked: readonly Asked[],
  decision: ApprovalDecision | null,
): Promise<void> {
  const word = decision === null ? '⌛ Nobody answered in time' : ends[decision]
  for (const { to, key } of asked) {
    const connection = world.connection(to)
    const tidy = world.settings.account(to.channel, to.account)?.common.cleanupAfterResolve === true
    for (const row of outbox.byKey(world.db, key)) {
      if (row.platformId === undefined) continue
      try {
        if (tidy && connection?.remove) await connection.remove(to, row.platformId)
        else await connection?.edit?.(to, row.platformId, `${word}:\n\`\`\`\n${r.command}\n\`\`\``, world.scope.signal)
      } catch (error) {
        world.log.debug('an answered question still looks open', { chat: to.chat, error: describeError(error) })
      }
    }
  }
}
