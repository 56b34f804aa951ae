// The wire of the strict dialect as one JSON Schema: its frames, every method, every event.
import { z } from 'zod'
import { ConnectParams } from '../server/handshake.ts'
import type { EventDoc } from './events.ts'
import { ErrorShape, eventFrame, HelloOk } from './frames.ts'
import { schemaOf, type MethodDoc } from './methods.ts'
import type { JsonSchema } from './type-text.ts'

const ref = (name: string) => ({ $ref: `#/$defs/${name}` })

/** A schema that stood alone, as the definition `name` of a larger one: its own definitions move beside it. */
function moved(name: string, schema: JsonSchema): Record<string, JsonSchema> {
  const { $schema: _dialect, $defs = {}, ...rest } = schema
  const inner = $defs as Readonly<Record<string, JsonSchema>>
  const text = (s: unknown) =>
    JSON.parse(JSON.stringify(s), (key, value: unknown) => {
      if (key !== '$ref' || typeof value !== 'string') return value
      return value === '#' ? `#/$defs/${name}` : value.replace('#/$defs/', `#/$defs/${name}.`)
    }) as JsonSchema
  return {
    [name]: text(rest),
    ...Object.fromEntries(Object.entries(inner).map(([key, s]) => [`${name}.${key}`, text(s)])),
  }
}

/** Parameters as the strict dialect takes them: without those that only the simple one may send. */
function strictParams(m: MethodDoc): JsonSchema {
  if (!m.simpleOnly.length) return m.params
  const properties = Object.entries(m.params['properties'] as JsonSchema).filter(([key]) => !m.simpleOnly.includes(key))
  return { ...m.params, properties: Object.fromEntries(properties) }
}

function request(method: string, params: string, optional: boolean): JsonSchema {
  return {
    type: 'object',
    properties: {
      type: { const: 'req' },
      id: { type: 'string', minLength: 1 },
      method: { const: method },
      params: ref(params),
    },
    required: ['type', 'id', 'method', ...(optional ? [] : ['params'])],
    additionalProperties: false,
  }
}

function frame(e: EventDoc): JsonSchema {
  const { properties } = schemaOf(z.object(eventFrame), 'output')
  return {
    type: 'object',
    properties: { ...(properties as JsonSchema), event: { const: e.name }, payload: ref(`event.${e.name}`) },
    required: ['type', 'event', 'payload', ...(e.versioned ? ['stateVersion'] : [])],
    additionalProperties: false,
  }
}

const response = {
  anyOf: [
    {
      type: 'object',
      properties: { type: { const: 'res' }, id: { type: 'string' }, ok: { const: true }, payload: {} },
      required: ['type', 'id', 'ok'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { type: { const: 'res' }, id: {}, ok: { const: false }, error: ref('error') },
      required: ['type', 'id', 'ok', 'error'],
      additionalProperties: false,
    },
  ],
} as const

/** One JSON Schema (2020-12): any frame at its root; under `methods`, which definitions belong to each method. */
export function wireSchema(list: readonly MethodDoc[], events: readonly EventDoc[], version: string): JsonSchema {
  const defs: Record<string, JsonSchema> = {
    request: {
      anyOf: [
        request('connect', 'connect.params', false),
        ...list.map((m) => request(m.id, `${m.id}.params`, !(m.params['required'] as unknown[] | undefined)?.length)),
      ],
    },
    response,
    event: { anyOf: events.map(frame) },
    ...moved('error', schemaOf(ErrorShape, 'output')),
    ...moved('connect.params', schemaOf(ConnectParams, 'input')),
    ...moved('connect.result', schemaOf(HelloOk, 'output')),
  }
  for (const m of list) {
    Object.assign(defs, moved(`${m.id}.params`, strictParams(m)), moved(`${m.id}.result`, m.result))
    if (m.accepts) Object.assign(defs, moved(`${m.id}.accepted`, m.accepts))
  }
  for (const e of events)
    defs[`event.${e.name}`] = e.payloads.length === 1 ? (e.payloads[0] as JsonSchema) : { anyOf: e.payloads }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The strict dialect of the gateway, protocol 3',
    version,
    anyOf: [ref('request'), ref('response'), ref('event')],
    methods: Object.fromEntries(
      list.map((m) => [
        m.id,
        {
          scope: m.scope,
          summary: m.summary,
          params: ref(`${m.id}.params`),
          result: ref(`${m.id}.result`),
          ...(m.accepts ? { accepted: ref(`${m.id}.accepted`) } : {}),
        },
      ]),
    ),
    events: Object.fromEntries(
      events.map((e) => [e.name, { scope: e.scope, draft: e.draft, payload: ref(`event.${e.name}`) }]),
    ),
    $defs: defs,
  }
}
