// The frames around everything in the strict dialect, as schemas.
import { z } from 'zod'

const seq = z.number().int().min(1)

/** Events the sockets themselves send. */
export const wireOnly = {
  'connect.challenge': z.object({ nonce: z.string(), ts: z.number() }),
  tick: z.object({ ts: z.number() }),
} as const

/** Versions of presence and health. */
export const StateVersion = z.object({ presence: z.number().int(), health: z.number().int() })

/** What an answer says when it says no. */
export const ErrorShape = z.object({
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  retryable: z.boolean().optional(),
  retryAfterMs: z.number().optional(),
})

/** The answer to `connect`. */
export const HelloOk = z.object({
  type: z.literal('hello-ok'),
  protocol: z.literal(3),
  server: z.object({ version: z.string(), commit: z.string().optional(), host: z.string(), connId: z.string() }),
  features: z.object({ methods: z.array(z.string()), events: z.array(z.string()) }),
  snapshot: z.looseObject({
    presence: z.array(z.looseObject({})),
    health: z.looseObject({}),
    stateVersion: StateVersion,
    uptimeMs: z.number(),
  }),
  auth: z
    .object({ deviceToken: z.string(), role: z.string(), scopes: z.array(z.string()), issuedAtMs: z.number() })
    .optional(),
  policy: z.object({ maxPayload: z.number(), maxBufferedBytes: z.number(), tickIntervalMs: z.number() }),
})

/** What stands around the payload of an event. `seq` counts what this connection was told. */
export const eventFrame = {
  type: z.literal('event'),
  seq: seq.optional(),
  stateVersion: StateVersion.optional(),
} as const
