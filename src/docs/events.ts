// The events of both dialects, found by letting the dialects translate a sample of all news there are.
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { OpScope } from '../define/op.ts'
import { healthOp } from '../ops/status.ts'
import { simpleWire } from '../server/wire-simple.ts'
import { strictWire } from '../server/wire-strict.ts'
import type { WireEvent, WireFacts } from '../server/wire.ts'
import { wireOnly } from './frames.ts'
import { byName } from './markdown.ts'
import { groups, Known } from './samples.ts'
import { shapeOf } from './shape.ts'
import type { JsonSchema } from './type-text.ts'

/** One event of a dialect. */
export interface EventDoc {
  readonly name: string
  readonly scope: OpScope
  /** May be skipped for a slow reader. */
  readonly draft: boolean
  /** Carries the versions of presence and health. */
  readonly versioned: boolean
  /** The forms its payload has. */
  readonly payloads: readonly JsonSchema[]
}

const toolsOnly = 'strict connections hear it when they declared `tool-events` and started a run in the session'

const facts: WireFacts = {
  health: () => new Known(healthOp.result),
  presence: () => [new Known({ type: 'object' })],
  now: () => 1_750_000_000_000,
}

const strictOf = (n: GatewayEvent) => strictWire(facts)(n)

/** What the simple dialect says beyond the strict one. */
function simpleOf(n: GatewayEvent): WireEvent[] {
  const strict = strictOf(n)
  const raw = new Set(strict.map((e) => JSON.stringify([e.name, e.data])))
  return simpleWire(facts)(n, strict).filter((e) => !raw.has(JSON.stringify([e.name, e.data])))
}

function collected(translate: (n: GatewayEvent) => WireEvent[]): EventDoc[] {
  const found = new Map<string, { first: WireEvent; draft: boolean; payloads: Map<string, JsonSchema> }>()
  for (const group of groups()) {
    const events = group.flatMap(translate)
    for (const name of new Set(events.map((e) => e.name))) {
      const mine = events.filter((e) => e.name === name)
      const first = mine[0] as WireEvent
      const shape = shapeOf(mine.map((e) => e.data))
      const payload = first.toolOf === undefined ? shape : { ...shape, description: toolsOnly }
      const known = found.get(name) ?? { first, draft: true, payloads: new Map<string, JsonSchema>() }
      known.draft &&= first.draft === true
      known.payloads.set(JSON.stringify(payload), payload)
      found.set(name, known)
    }
  }
  return [...found].map(([name, { first, draft, payloads }]) => ({
    name,
    scope: first.scope ?? 'read',
    draft,
    versioned: first.versioned === true,
    payloads: [...payloads.values()],
  }))
}

/** The events of each dialect, by name; those of the simple one come beside all of the strict one. */
export function events(): { readonly strict: readonly EventDoc[]; readonly simple: readonly EventDoc[] } {
  const own = Object.entries(wireOnly).map(([name, schema]) => ({
    name,
    scope: 'public' as const,
    draft: name === 'tick',
    versioned: false,
    payloads: [shapeOf([new Known(schema)])],
  }))
  return {
    strict: byName([...collected(strictOf), ...own], (e) => e.name),
    simple: byName(collected(simpleOf), (e) => e.name),
  }
}
