// What else a linked device can do: look at groups, rename and leave them.
import { z } from 'zod'
import type { ChannelAction, Found } from '../../../define/channel.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import type { WhatsAppAccount } from '../account.ts'
import { nameOf } from '../jid.ts'
import type { Sock } from './baileys.ts'
import type { Groups } from './groups.ts'
import { codeOf } from './link.ts'
import { refusal } from './sending.ts'

const group = z
  .string()
  .regex(/@g\.us$/)
  .describe('the group’s id (…@g.us)')

/** Throws what WhatsApp said as a Fault. */
async function asked<T>(what: string, question: Promise<T>): Promise<T> {
  try {
    return await question
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = codeOf(error)
    if (code === undefined || code === 408 || code === 428)
      throw new Fault('UNAVAILABLE', `WhatsApp cannot be reached for ${what}: ${describeError(error)}`)
    throw refusal(code, `${what}: ${describeError(error)}`)
  }
}

/** Groups whose name or id fits; people are not listed by WhatsApp, but a number is checked. */
export async function find(sock: Sock, text: string, kind: 'user' | 'group', limit: number): Promise<Found[]> {
  const wanted = text.trim().toLowerCase()
  if (kind === 'group') {
    const all = Object.values(await asked('the groups', sock.groupFetchAllParticipating()))
    return all
      .filter((g) => !wanted || g.id.includes(wanted) || g.subject.toLowerCase().includes(wanted))
      .slice(0, limit)
      .map((g) => ({ kind, id: g.id, name: g.subject, target: g.id }))
  }
  const digits = wanted.replace(/\D/g, '')
  if (digits.length < 7) return []
  const found = (await asked('the number', sock.onWhatsApp(`${digits}@s.whatsapp.net`))) ?? []
  return found.filter((f) => f.exists).map((f) => ({ kind, id: nameOf(f.jid), target: nameOf(f.jid) }))
}

type GroupParam = { readonly group: string }

/** The actions the account's `actions` allow. */
export function actions(a: WhatsAppAccount, rooms: Groups, sock: () => Sock): Readonly<Record<string, ChannelAction>> {
  const reading: Record<string, ChannelAction> = {
    'group-info': {
      summary: 'Tells a group’s name, description and members.',
      changes: false,
      params: z.strictObject({ group }),
      async run({ group: id }: GroupParam) {
        const found = await rooms.get(sock(), id)
        return {
          id: found.id,
          name: found.subject,
          ...(found.desc ? { description: found.desc } : {}),
          members: found.participants.map((p) => ({ id: nameOf(p.phoneNumber ?? p.id), admin: Boolean(p.admin) })),
        }
      },
    },
  }
  if (a.actions?.sendMessage === false) return reading
  return {
    ...reading,
    'group-rename': {
      summary: 'Gives a group another name.',
      changes: true,
      params: z.strictObject({ group, name: z.string().min(1).max(100).describe('the new name') }),
      async run({ group: id, name }: GroupParam & { readonly name: string }) {
        await asked('the new name', sock().groupUpdateSubject(id, name))
        rooms.forget(id)
        return { group: id, name }
      },
    },
    'group-leave': {
      summary: 'Leaves a group.',
      changes: true,
      params: z.strictObject({ group }),
      async run({ group: id }: GroupParam) {
        await asked('leaving', sock().groupLeave(id))
        rooms.forget(id)
        return { group: id, left: true }
      },
    },
  }
}
