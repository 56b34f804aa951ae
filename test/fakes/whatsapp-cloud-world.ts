// What the Cloud API knows and refuses: messages, files, people, and the day in which they may be answered.
import { z } from 'zod'

/** A refusal in the Graph API's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    text: string,
  ) {
    super(text)
  }
}

const title = z.string().min(1).max(20)
const reply = z.strictObject({
  type: z.literal('reply'),
  reply: z.strictObject({ id: z.string().min(1).max(256), title }),
})
const row = z.strictObject({ id: z.string().min(1).max(200), title: z.string().min(1).max(24) })
const body = z.strictObject({ text: z.string().min(1).max(1024) })
const media = z.strictObject({ id: z.string() })
const captioned = z.strictObject({ id: z.string(), caption: z.string().min(1).max(1024).optional() })

const contents = {
  text: z.strictObject({ body: z.string().min(1).max(4096), preview_url: z.boolean().optional() }),
  image: captioned,
  video: captioned,
  audio: media,
  sticker: media,
  document: captioned.extend({ filename: z.string().optional() }),
  reaction: z.strictObject({ message_id: z.string(), emoji: z.string() }),
  interactive: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('button'),
      body,
      action: z.strictObject({ buttons: z.array(reply).min(1).max(3) }),
    }),
    z.strictObject({
      type: z.literal('list'),
      body,
      action: z.strictObject({
        button: title,
        sections: z.array(z.strictObject({ rows: z.array(row).min(1).max(10) })).min(1),
      }),
    }),
  ]),
}

const outgoing = z.union([
  z.strictObject({
    messaging_product: z.literal('whatsapp'),
    status: z.literal('read'),
    message_id: z.string(),
    typing_indicator: z.strictObject({ type: z.literal('text') }).optional(),
  }),
  z.strictObject({
    messaging_product: z.literal('whatsapp'),
    recipient_type: z.literal('individual'),
    to: z.string().regex(/^\d{7,15}$/),
    context: z.strictObject({ message_id: z.string() }).optional(),
    type: z.enum(['text', 'image', 'video', 'audio', 'sticker', 'document', 'reaction', 'interactive']),
    ...Object.fromEntries(Object.entries(contents).map(([key, schema]) => [key, schema.optional()])),
  }),
])

/** A message the number sent. */
export interface Sent {
  readonly id: string
  readonly to: string
  readonly type: string
  readonly content: Readonly<Record<string, unknown>>
  readonly context?: string
}

const start = 1_790_000_000

/** Makes a world with one business number in it. */
export function cloudWorld() {
  const phoneNumberId = '106540352242922'
  const number = '4915500000000'
  const sent: Sent[] = []
  const read: { readonly id: string; readonly typing: boolean }[] = []
  const files = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly mime: string }>()
  const people = new Map<string, string>()
  const incoming = new Set<string>()
  const silent = new Set<string>()
  let count = 0

  const numberOf = (name: string) => {
    const known = people.get(name)
    if (known) return known
    const made = `49155000001${String(people.size + 1).padStart(2, '0')}`
    people.set(name, made)
    return made
  }

  function post(given: unknown): unknown {
    const parsed = outgoing.safeParse(given)
    if (!parsed.success) throw new Refusal(400, 100, `Invalid parameter: ${parsed.error.issues[0]?.message ?? ''}`)
    const m = parsed.data as Record<string, unknown>
    if (m['status'] === 'read') {
      if (!incoming.has(String(m['message_id']))) throw new Refusal(400, 131009, 'Parameter value is not valid')
      read.push({ id: String(m['message_id']), typing: m['typing_indicator'] !== undefined })
      return { success: true }
    }
    const to = String(m['to'])
    const type = String(m['type'])
    const content = m[type] as Record<string, unknown> | undefined
    if (!content) throw new Refusal(400, 100, `Invalid parameter: ${type} is missing`)
    if (![...people.values()].includes(to)) throw new Refusal(400, 131026, 'Message undeliverable')
    if (silent.has(to)) throw new Refusal(400, 131047, 'Re-engagement message')
    if (typeof content['id'] === 'string' && !files.has(content['id'])) throw new Refusal(400, 100, 'Unknown media id')
    const context = (m['context'] as { message_id?: string } | undefined)?.message_id
    const id = `wamid.OUT${++count}`
    sent.push({ id, to, type, content, ...(context === undefined ? {} : { context }) })
    return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to }], messages: [{ id }] }
  }

  return {
    phoneNumberId,
    number,
    sent,
    read,
    numberOf,
    /** People who have not written for a day. */
    silent,
    post,
    file: (id: string) => files.get(id),
    /** Puts a file where people's files are. */
    keep(bytes: Uint8Array<ArrayBuffer>, mime: string): string {
      const id = `media-${files.size + 1}`
      files.set(id, { bytes, mime })
      return id
    },
    get(id: string, filesAt: string): unknown {
      if (id === phoneNumberId)
        return { id, display_phone_number: `+${number}`, verified_name: 'Test Shop', quality_rating: 'GREEN' }
      const found = files.get(id)
      if (!found) throw new Refusal(400, 100, 'Object does not exist')
      return { id, url: `${filesAt}/${id}`, mime_type: found.mime, file_size: found.bytes.length }
    },
    async upload(form: FormData): Promise<unknown> {
      const file = form.get('file')
      const mime = form.get('type')
      if (form.get('messaging_product') !== 'whatsapp' || !(file instanceof File) || typeof mime !== 'string')
        throw new Refusal(400, 100, 'Invalid parameter')
      const id = `media-${files.size + 1}`
      files.set(id, { bytes: new Uint8Array(await file.arrayBuffer()), mime })
      return { id }
    },
    /** The notification around a value. */
    notification: (value: object) => ({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: number, phone_number_id: phoneNumberId },
                ...value,
              },
            },
          ],
        },
      ],
    }),
    /** What a person's message looks like inside a notification. */
    message(name: string, content: string | object, more: object = {}) {
      const from = numberOf(name)
      const id = `wamid.IN${++count}`
      incoming.add(id)
      const said = typeof content === 'string' ? { type: 'text', text: { body: content } } : content
      return {
        contacts: [{ profile: { name }, wa_id: from }],
        messages: [{ from, id, timestamp: String(start + count), ...said, ...more }],
      }
    },
  }
}
