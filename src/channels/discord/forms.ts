// Components of Discord's own under a message, and the forms (modals) some of their buttons open.
import { z } from 'zod'
import type { AccountState } from '../../define/channel.ts'
import type { OutboundMessage } from '../../domain/message.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Rest } from './api.ts'
import { replies, reply } from './native.ts'
import type { InteractionPayload } from './payload.ts'

/** https://discord.com/developers/docs/components/reference#component-object-component-types */
const types = { row: 1, text: 10, container: 17 } as const
/** https://discord.com/developers/docs/resources/message#message-object-message-flags */
const onlyComponents = 1 << 15
const pressed = 3
/** The longest id of a button. */
const maxId = 100

/** How long the forms of a message can be opened, in ms. */
const keptMs = 90 * 86_400_000
const kept = z.object({ at: z.number(), form: z.looseObject({}) })

const keyOf = (id: string) => `form:${id}`

/**
 * Components as part of a message's body. Rows of buttons and lists stand under the text; with anything else the whole
 * message is made of components, and the text becomes the first of them.
 */
export function withComponents<B extends { readonly content?: string; readonly flags?: number }>(
  body: B,
  own: NonNullable<OutboundMessage['components']>,
  accent?: number,
): Omit<B, 'content'> & { readonly content?: string; readonly components: readonly object[] } {
  if (own.rows.every((row) => row['type'] === types.row)) return { ...body, components: own.rows }
  const { content, ...rest } = body
  const colored = (row: Readonly<Record<string, unknown>>) =>
    accent !== undefined && row['type'] === types.container ? { accent_color: accent, ...row } : row
  const first = content ? [{ type: types.text, content }] : []
  return { ...rest, flags: (body.flags ?? 0) | onlyComponents, components: [...first, ...own.rows.map(colored)] }
}

/** Keeps the forms of a message until their buttons are pressed. Throws INVALID_REQUEST for a name no button can have. */
export async function keepForms(state: AccountState, m: OutboundMessage, now: number): Promise<void> {
  const forms = Object.entries(m.components?.forms ?? {})
  const long = forms.find(([id]) => !id || id.length > maxId)
  if (long) throw new Fault('INVALID_REQUEST', `the id of a form has 1 to ${maxId} letters`)
  const at = (form: object) => JSON.stringify({ at: now, form })
  if (forms.length) await state.write(Object.fromEntries(forms.map(([id, form]) => [keyOf(id), at(form)])))
}

/** The keys of forms nobody needs any more: their messages are older than `keptMs`. */
export const oldForms = (state: AccountState, now: number): string[] =>
  [...state.all('form:')].filter(([, text]) => now - kept.parse(JSON.parse(text)).at > keptMs).map(([key]) => key)

/** Opens the form that belongs to a button; answers false when it has none. Never throws. */
export async function showForm(i: InteractionPayload, rest: Rest, state: AccountState, log: Log): Promise<boolean> {
  const id = i.data?.custom_id
  const form = i.type === pressed && id ? state.get(keyOf(id)) : undefined
  if (!form) return false
  const data = { ...kept.parse(JSON.parse(form)).form, custom_id: id }
  await reply(rest, i, replies.form, data).catch((error: unknown) =>
    log.warn('a form could not be opened', { form: id, why: describeError(error) }),
  )
  return true
}

const field = z.looseObject({
  custom_id: z.string(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
})
type Field = z.output<typeof field>
const line = z.union([
  z.looseObject({ components: z.array(field) }).transform((row) => row.components),
  z.looseObject({ component: field }).transform((label) => [label.component]),
])

const saidIn = (f: Field) => f.value ?? f.values?.join(', ') ?? ''

/** What was filled into a form: its id, then a line for each field. https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-modal-submit-data-structure */
export function filledIn(id: string, components: readonly unknown[]): string {
  const fields = components.flatMap((one) => line.safeParse(one).data ?? [])
  return [id, ...fields.map((f) => `${f.custom_id}: ${saidIn(f)}`)].join('\n')
}
