// A conversation's memory and its settings.
import type { Address } from './address.ts'

/** Where a session was last spoken to, so that answers without a cause find their way. */
export interface Origin {
  readonly to?: Address
  readonly kind?: 'direct' | 'group' | 'channel'
  readonly from?: string
  readonly name?: string
  readonly title?: string
}

/** What a person may set for one session; absent means the default. */
export interface SessionSettings {
  readonly thinkingLevel?: string
  readonly verboseLevel?: string
  readonly reasoningLevel?: string
  readonly elevatedLevel?: string
  readonly responseUsage?: string
  /** `provider/model`. */
  readonly model?: string
  readonly sendPolicy?: 'allow' | 'deny'
  readonly groupActivation?: 'mention' | 'always'
  readonly queueMode?: string
  readonly execHost?: string
  readonly execSecurity?: string
  readonly execAsk?: string
  readonly execNode?: string
  /** The chat its answers go to instead, as JSON of an address. */
  readonly dock?: string
  readonly spawnedBy?: string
  readonly spawnDepth?: number
}

/** A session. Times in ms; token counts over its whole life, `contextTokens` for the last model call. */
export interface Session {
  readonly id: string
  readonly key: string
  readonly agent: string
  readonly label?: string
  readonly origin: Origin
  readonly settings: SessionSettings
  readonly messages: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly contextTokens: number
  readonly compactions: number
  readonly model?: string
  readonly createdAt: number
  readonly updatedAt: number
}
