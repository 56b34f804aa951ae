// Where a rule of the config applies: by channel, kind of chat or session key.

/** What a rule names; every given field must match. */
interface ScopeMatch {
  readonly channel?: string | undefined
  readonly chatType?: 'direct' | 'group' | 'channel' | 'dm' | undefined
  /** How the session key begins without its agent part, and how the whole of it begins. */
  readonly keyPrefix?: string | undefined
  readonly rawKeyPrefix?: string | undefined
}

/** A session and the chat it is in. */
export interface ScopePlace {
  readonly session: string
  readonly channel: string
  /** `direct`, `group` or `channel`. */
  readonly kind: string
}

/** Whether a rule that names `match` applies there; one that names nothing applies everywhere. */
export function scopeMatches(match: ScopeMatch | undefined, { session, channel, kind }: ScopePlace): boolean {
  if (match?.channel !== undefined && match.channel !== channel) return false
  if (match?.chatType !== undefined && (match.chatType === 'dm' ? 'direct' : match.chatType) !== kind) return false
  const rest = session.replace(/^agent:[^:]*:/, '')
  if (match?.keyPrefix !== undefined && !rest.startsWith(match.keyPrefix.toLowerCase())) return false
  return match?.rawKeyPrefix === undefined || session.startsWith(match.rawKeyPrefix.toLowerCase())
}
