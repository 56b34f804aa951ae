// WhatsApp's ids of people and chats, and how we write them: phone numbers as +49…, groups by their id.

/** An id without the number of a device: `49151:7@s.whatsapp.net` is of `49151@s.whatsapp.net`. */
export const bare = (jid: string): string => jid.replace(/[:_]\d+@/, '@')

/** Whether two ids are of the same person or chat. */
export const same = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && bare(a) === bare(b)

/** Whether a chat is a group. */
export const isGroup = (jid: string): boolean => jid.endsWith('@g.us')

/** Whether an id hides the phone number. */
export const isLid = (jid: string): boolean => /@(hosted\.)?lid$/.test(jid)

/** Chats that are no conversation: status, broadcast lists, newsletters, bots of WhatsApp itself. */
export const isNoise = (jid: string): boolean => /@(broadcast|newsletter|bot)$/.test(jid) || jid === '0@c.us'

/** A person's phone number as +49…; undefined for ids that have none. */
export function phoneOf(jid: string | null | undefined): string | undefined {
  const m = /^(\d+)(?:[:_]\d+)?@(?:s\.whatsapp\.net|c\.us|hosted)$/.exec(jid ?? '')
  return m ? `+${m[1]}` : undefined
}

/** How we write a person or chat: +49… where there is a number, the id itself elsewhere. */
export const nameOf = (jid: string): string => phoneOf(jid) ?? bare(jid)

/** WhatsApp's id of a chat as we write it. */
export const jidOf = (chat: string): string => (chat.includes('@') ? chat : `${chat.replace(/^\+/, '')}@s.whatsapp.net`)

/** The chat a text names: a phone number, or an id of a person or group, with or without `whatsapp:`. */
export function target(text: string): { chat: string } | undefined {
  const said = text
    .trim()
    .replace(/^(?:whatsapp|wa):/i, '')
    .replace(/^(?:user|group|chat):/i, '')
    .trim()
  if (/^[\d-]+@g\.us$/.test(said) || /^\d+@lid$/.test(said)) return { chat: said }
  const phone = phoneOf(said.toLowerCase())
  if (phone) return { chat: phone }
  const digits = said.replace(/^00/, '+').replace(/[\s().-]/g, '')
  return /^\+?[1-9]\d{6,14}$/.test(digits) ? { chat: digits.startsWith('+') ? digits : `+${digits}` } : undefined
}
