// The reference of the protocol: methods, events, routes.
import type { EventDoc } from './events.ts'
import { blocks, code, table } from './markdown.ts'
import type { MethodDoc } from './methods.ts'
import type { RouteDoc } from './routes.ts'
import { boundsText, defaultText, fieldsIn, typeText, type JsonSchema } from './type-text.ts'

/** What the reference of the protocol is made of. */
export interface ProtocolDoc {
  readonly version: string
  /** The sign-in of the strict dialect. */
  readonly connect: { readonly params: JsonSchema; readonly result: JsonSchema }
  readonly methods: readonly MethodDoc[]
  readonly events: { readonly strict: readonly EventDoc[]; readonly simple: readonly EventDoc[] }
  readonly routes: readonly RouteDoc[]
}

const fenced = (schema: JsonSchema) => `\`\`\`ts\n${typeText(schema, { indent: '' })}\n\`\`\``

function paramsTable(m: MethodDoc): string {
  const fields = fieldsIn(m.params)
  if (!fields.length) return 'No parameters.'
  return table(
    ['parameter', 'type', 'required', 'meaning'],
    fields.map(({ name, schema, required }) => {
      const fallback = defaultText(schema)
      const more = [
        boundsText(schema),
        fallback && `default ${fallback}`,
        m.simpleOnly.includes(name) ? 'simple dialect only' : '',
      ]
      const about = typeof schema['description'] === 'string' ? schema['description'] : ''
      return [
        code(name),
        code(typeText(schema, { deep: 2 })),
        required ? 'yes' : '',
        [about, ...more].filter(Boolean).join('; '),
      ]
    }),
  )
}

function methodText(m: MethodDoc): string {
  const also = [
    m.cli && `on the command line ${code(`oclaw ${m.cli}`)}`,
    m.chat && `in a chat ${code(m.chat)}`,
    m.tool && `a tool of the agent, ${code(m.tool)}`,
  ].filter(Boolean)
  const example = m.examples[0]
  return blocks(
    `### ${m.id}`,
    `${m.summary} Scope: ${code(m.scope)}.${also.length ? ` Also ${also.join('; ')}.` : ''}`,
    paramsTable(m),
    m.accepts ? blocks('Answers twice; first, at once:', fenced(m.accepts)) : '',
    m.accepts ? 'Then, when it is done:' : 'Result:',
    fenced(m.result),
    example
      ? `Example: ${code(JSON.stringify({ method: m.id, params: example.params }))}${example.note ? ` (${example.note})` : ''}`
      : '',
  )
}

function eventText(e: EventDoc): string {
  const more = [e.draft ? 'a slow reader may miss it' : '', e.versioned ? 'comes with `stateVersion`' : '']
  return blocks(
    `### ${e.name}`,
    `Scope: ${[code(e.scope), ...more].filter(Boolean).join('; ')}.`,
    e.payloads.length > 1 ? 'One of:' : '',
    ...e.payloads.flatMap((p) => [typeof p['description'] === 'string' ? `(${p['description']})` : '', fenced(p)]),
  )
}

/** The reference of the protocol as Markdown. */
export function protocolText(p: ProtocolDoc): string {
  return blocks(
    `# The protocol of oclaw ${p.version}`,
    'Requests of the strict dialect are `{"type":"req","id":…,"method":…,"params":…}`, those of the simple one ' +
      '`{"method":…,"params":…}`. `oclaw docs schema` prints the same as JSON Schema.',
    '## Sign-in',
    'The first request of the strict dialect is `connect`. Its parameters:',
    fenced(p.connect.params),
    'Its result:',
    fenced(p.connect.result),
    'With `oclaw` among its `caps` a client hears the events of the simple dialect in the frames of the strict one (those called `agent` and the drafts of `chat` are left out then), and may use the parameters marked “simple dialect only”.',
    'A device may show a ticket of `dashboard.link` as `auth.token`, once, in place of the gateway’s secret; it is then let in.',
    '## Methods',
    table(
      ['method', 'scope', 'what it does'],
      p.methods.map((m) => [code(m.id), m.scope, m.summary]),
    ),
    ...p.methods.map(methodText),
    '## Events of both dialects',
    ...p.events.strict.map(eventText),
    '## Events of the simple dialect',
    'Beside those of both dialects, simple and JSON-RPC connections hear these.',
    ...p.events.simple.map(eventText),
    '## HTTP routes',
    'Beside these, hooks are under `hooks.path` of the config, and the Control UI is everywhere else.',
    table(
      ['method', 'path'],
      p.routes.map((r) => [r.method, code(r.path)]),
    ),
  )
}
