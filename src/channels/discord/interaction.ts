// Slash commands and pressed buttons, as messages: pure.
import type { NativeCommand } from '../../define/channel.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { personOf, placeOf, type Me, type Where } from './inbound.ts'
import { filledIn } from './forms.ts'
import { timeOf, type InteractionPayload } from './payload.ts'

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type */
const kinds = { command: 2, component: 3, form: 5 } as const

/** A command with what was filled in, in the order the command lists it. */
function commandText(i: InteractionPayload, commands: readonly NativeCommand[]): string | undefined {
  const name = i.data?.name
  if (!name) return undefined
  const order = commands.find((c) => c.name === name)?.args?.map((a) => a.name) ?? []
  const rank = (option: string) => (order.includes(option) ? order.indexOf(option) : order.length)
  const given = [...(i.data?.options ?? [])].sort((a, b) => rank(a.name) - rank(b.name))
  return [`/${name}`, ...given.map((o) => String(o.value).trim())].filter(Boolean).join(' ')
}

/**
 * The message an interaction stands for; undefined for kinds we never ask for. A command is `native`: its answer goes to
 * whoever chose it. A button says its data, in reply to the message it is under; a list also what was chosen, a form what
 * was filled in.
 */
export function toMessage(
  i: InteractionPayload,
  where: Where,
  me: Me,
  commands: readonly NativeCommand[],
): InboundMessage | undefined {
  const who = i.member?.user ?? i.user
  if (!who) return undefined
  const base = {
    id: `interaction:${i.id}`,
    at: timeOf(i.id),
    ...placeOf(where, me, i.member?.roles),
    from: personOf(who, i.member),
    media: [],
    addressed: true,
  }
  if (i.type === kinds.command) {
    const text = commandText(i, commands)
    return text === undefined ? undefined : { ...base, text, native: true }
  }
  const data = i.data?.custom_id
  if (!data || !i.data || !i.message) return undefined
  const said = (text: string): InboundMessage => ({ ...base, text, replyTo: { id: i.message?.id ?? '', byUs: true } })
  if (i.type === kinds.form) return said(filledIn(data, i.data.components))
  if (i.type !== kinds.component) return undefined
  return said(i.data.values.length ? `${data}: ${i.data.values.join(', ')}` : data)
}
