// What the Cloud API tells us, as messages: pure, so that recorded notifications are its tests.
import { z } from 'zod'
import type { Happening, InboundMessage } from '../../../domain/message.ts'
import type { MediaKind } from '../../../domain/media.ts'
import { oneLine } from '../format.ts'

/** Who we are: the id of our number, the number, and on which account. */
export interface Me {
  readonly phoneNumberId: string
  readonly number: string
  readonly account: string
}

/** A file of a message that is still at WhatsApp. */
export interface RemoteFile {
  readonly id: string
  readonly mime: string
  readonly kind: MediaKind
  readonly name?: string
}

/** One thing a notification holds. */
export type News =
  | { readonly kind: 'message'; readonly message: InboundMessage; readonly files: readonly RemoteFile[] }
  | { readonly kind: 'happening'; readonly happening: Happening }
  | { readonly kind: 'unread'; readonly why: string }
  | { readonly kind: 'failed'; readonly id: string; readonly to: string; readonly code: number; readonly text: string }

const file = z.looseObject({
  id: z.string(),
  mime_type: z.string().optional(),
  caption: z.string().optional(),
  filename: z.string().optional(),
  voice: z.boolean().optional(),
})
const reply = z.looseObject({ id: z.string(), title: z.string().optional() })

const message = z.looseObject({
  from: z.string(),
  id: z.string(),
  timestamp: z.coerce.number(),
  type: z.string(),
  group_id: z.string().optional(),
  context: z.looseObject({ id: z.string().optional(), from: z.string().optional() }).optional(),
  text: z.looseObject({ body: z.string() }).optional(),
  image: file.optional(),
  video: file.optional(),
  audio: file.optional(),
  document: file.optional(),
  sticker: file.optional(),
  location: z
    .looseObject({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string().optional(),
      address: z.string().optional(),
    })
    .optional(),
  contacts: z
    .array(
      z.looseObject({
        name: z.looseObject({ formatted_name: z.string().optional() }).optional(),
        phones: z.array(z.looseObject({ phone: z.string().optional() })).optional(),
      }),
    )
    .optional(),
  reaction: z.looseObject({ message_id: z.string(), emoji: z.string().optional() }).optional(),
  button: z.looseObject({ payload: z.string().optional(), text: z.string().optional() }).optional(),
  interactive: z.looseObject({ button_reply: reply.optional(), list_reply: reply.optional() }).optional(),
})

const status = z.looseObject({
  id: z.string(),
  status: z.string(),
  recipient_id: z.string().optional(),
  errors: z.array(z.looseObject({ code: z.number(), title: z.string().optional() })).optional(),
})

/** The parts of a notification we read. Messages are parsed one by one, so that one odd one does not hide the others. */
const notification = z.looseObject({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(
    z.looseObject({
      changes: z.array(
        z.looseObject({
          field: z.string(),
          value: z.looseObject({
            metadata: z.looseObject({ phone_number_id: z.string() }).optional(),
            contacts: z
              .array(
                z.looseObject({
                  wa_id: z.string(),
                  profile: z.looseObject({ name: z.string().optional() }).optional(),
                }),
              )
              .optional(),
            messages: z.array(z.unknown()).optional(),
            statuses: z.array(z.unknown()).optional(),
          }),
        }),
      ),
    }),
  ),
})

type Message = z.output<typeof message>

const kinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
const usual = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg',
  document: 'application/octet-stream',
  sticker: 'image/webp',
}

function filesOf(m: Message): RemoteFile[] {
  return kinds.flatMap((kind) => {
    const found = m[kind]
    if (!found) return []
    return [
      {
        id: found.id,
        mime: (found.mime_type ?? usual[kind]).replace(/;.*/, '').trim(),
        kind: kind === 'audio' && found.voice ? 'voice' : kind,
        ...(found.filename ? { name: found.filename } : {}),
      },
    ]
  })
}

/** The words of a message: what was written, a caption, the button that was pressed, or what it shows. */
function wordsOf(m: Message): string {
  const parts: (string | undefined)[] = [
    m.text?.body,
    ...kinds.map((kind) => m[kind]?.caption),
    m.button?.payload ?? m.button?.text,
    m.interactive?.button_reply?.id ?? m.interactive?.list_reply?.id,
  ]
  if (m.sticker) parts.push('[sticker]')
  if (m.location) {
    const { latitude, longitude, name, address } = m.location
    parts.push(`[location: ${[`${latitude}, ${longitude}`, name, address].filter(Boolean).join(', ')}]`)
  }
  for (const contact of m.contacts ?? []) {
    const numbers = (contact.phones ?? []).map((p) => p.phone)
    parts.push(`[contact: ${[contact.name?.formatted_name, ...numbers].filter(Boolean).join(', ')}]`)
  }
  if (m.type === 'unsupported') parts.push('[a kind of message WhatsApp does not pass on]')
  return parts.filter(Boolean).join('\n')
}

const digits = (number: string) => number.replace(/\D/g, '')

function fromMessage(given: unknown, names: ReadonlyMap<string, string>, me: Me): News | undefined {
  const parsed = message.safeParse(given)
  if (!parsed.success) return { kind: 'unread', why: parsed.error.issues.map((i) => i.path.join('.')).join(', ') }
  const m = parsed.data
  if (digits(m.from) === digits(me.number)) return undefined
  // Groups of the Cloud API are closed ones the business makes; an answer would go to the wrong place.
  if (m.group_id !== undefined) return { kind: 'unread', why: 'it was written in a group' }
  const name = names.get(m.from)
  const place = {
    id: m.id,
    at: m.timestamp * 1000,
    to: { channel: 'whatsapp', account: me.account, chat: `+${digits(m.from)}` },
    kind: 'direct' as const,
    from: { id: `+${digits(m.from)}`, ...(name ? { name } : {}) },
  }
  if (m.reaction) {
    const { emoji, message_id: on } = m.reaction
    const what = emoji ? `reaction added: ${oneLine(emoji)}` : 'reaction removed'
    return {
      kind: 'happening',
      happening: { ...place, text: `${what} by ${oneLine(name ?? place.from.id)} on msg ${on}` },
    }
  }
  const text = wordsOf(m)
  const files = filesOf(m)
  if (!text && !files.length) return undefined
  const answered = m.context?.id
  const byUs = m.context?.from !== undefined && digits(m.context.from) === digits(me.number)
  const replyTo = answered === undefined ? {} : { replyTo: { id: answered, byUs } }
  return { kind: 'message', message: { ...place, text, media: [], ...replyTo, addressed: true }, files }
}

function fromStatus(given: unknown): News | undefined {
  const parsed = status.safeParse(given)
  const error = parsed.data?.errors?.[0]
  if (parsed.data?.status !== 'failed' || !error) return undefined
  const { id, recipient_id: to = '' } = parsed.data
  return { kind: 'failed', id, to, code: error.code, text: error.title ?? '' }
}

/** What a notification holds for our number, in its order; undefined when it is no notification of WhatsApp. */
export function toNews(body: unknown, me: Me): News[] | undefined {
  const parsed = notification.safeParse(body)
  if (!parsed.success) return undefined
  return parsed.data.entry.flatMap((entry) =>
    entry.changes.flatMap(({ field, value }) => {
      if (field !== 'messages' || value.metadata?.phone_number_id !== me.phoneNumberId) return []
      const names = new Map((value.contacts ?? []).flatMap((c) => (c.profile?.name ? [[c.wa_id, c.profile.name]] : [])))
      return [
        ...(value.messages ?? []).flatMap((m) => fromMessage(m, names, me) ?? []),
        ...(value.statuses ?? []).flatMap((s) => fromStatus(s) ?? []),
      ]
    }),
  )
}
