// POST /v1/responses and GET /v1/models: strict bodies, files, the order of events, tools.
import { expect, test } from 'bun:test'
import { eventsOf, gateway, shown } from './gateway.ts'

const path = '/v1/responses'
const ask = (input: unknown, more: object = {}) => ({ json: { model: 'openclaw', input, ...more } })
const messageOf = async (r: Response) => ((await r.json()) as { error: { message: string } }).error.message
const part = (p: object) => [{ role: 'user', content: [{ type: 'input_text', text: 'look' }, p] }]

test('what is not understood is named by its path', async () => {
  await using g = await gateway()
  const refusal = async (json: unknown) => {
    const r = await g.send(path, { json })
    return [r.status, await messageOf(r)]
  }
  expect(await refusal({ model: 'x', input: 'hi', foo: 1 })).toEqual([400, ': Unrecognized key: "foo"'])
  expect(await refusal({ input: 'hi' })).toEqual([400, expect.stringMatching(/^model: /)])
  expect(await refusal({ model: 'x', input: [{ type: 'message', role: 'boss', content: 'hi' }] })).toEqual([
    400,
    expect.stringMatching(/^input\.0\.role: /),
  ])
  expect(await refusal({ model: 'x', input: 'hi', tool_choice: { type: 'function', name: 'nope' } })).toEqual([
    400,
    expect.stringContaining('invalid tool configuration'),
  ])
  expect(await refusal({ model: 'x', input: [{ role: 'assistant', content: 'only me' }] })).toEqual([
    400,
    'Missing user message in `input`.',
  ])
})

test('the body limit is that of the config', async () => {
  const responses = { enabled: true, maxBodyBytes: 100 }
  await using g = await gateway({
    gateway: { auth: { token: 'gateway-token-0123456789' }, http: { endpoints: { responses } } },
  })
  const r = await g.send(path, ask('x'.repeat(200)))
  expect([r.status, await messageOf(r)]).toEqual([413, 'Payload too large'])
})

test('a text gets a completed response with usage; instructions reach the model', async () => {
  await using g = await gateway({ reply: () => ({ text: 'Ahoy', usage: { input: 7, output: 2 } }) })
  const r = await g.send(
    path,
    ask('hi', { instructions: 'Be a pirate.', previous_response_id: 'resp_1', max_output_tokens: 99 }),
  )
  expect(await r.json()).toMatchObject({
    id: expect.stringMatching(/^resp_/),
    object: 'response',
    status: 'completed',
    output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Ahoy' }] }],
    usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
  })
  expect(String(shown(g.model, 0)[0]?.content)).toContain('Be a pirate.')
  expect(JSON.stringify(g.model.requests[0]?.body)).toContain('99')
})

test('the events of a stream come in order', async () => {
  await using g = await gateway({ reply: () => 'Hi' })
  const events = await eventsOf(await g.send(path, ask('hi', { stream: true })))
  expect(events.map((e) => e.event || e.data)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
    '[DONE]',
  ])
  expect(events.at(-2)?.data).toMatchObject({ response: { status: 'completed', usage: { output_tokens: 5 } } })
})

test('a failed run is a failed response', async () => {
  await using g = await gateway({ reply: () => ({ status: 400, error: 'no such thing' }) })
  const r = await g.send(path, ask('hi'))
  const failed = { status: 'failed', error: { code: 'api_error', message: expect.stringContaining('no such thing') } }
  expect([r.status, await r.json()]).toEqual([500, expect.objectContaining(failed)])
  const events = await eventsOf(await g.send(path, ask('hi', { stream: true })))
  expect(events.at(-2)).toMatchObject({ event: 'response.failed', data: { response: failed } })
})

test('tools of both forms are offered, and a call leaves the response incomplete until its output comes', async () => {
  await using g = await gateway({
    reply: (_, nth) => (nth === 0 ? { calls: [{ name: 'now', input: {} }] } : 'It is noon'),
  })
  const tools = [
    { type: 'function', function: { name: 'now' } },
    { type: 'function', name: 'later', parameters: { type: 'object', properties: {} } },
  ]
  const first = (await (await g.send(path, ask('time?', { tools }))).json()) as {
    status: string
    output: { type: string; call_id: string; name: string; arguments: string }[]
  }
  expect([first.status, first.output.length]).toEqual(['incomplete', 1])
  expect(first.output[0]).toMatchObject({ type: 'function_call', name: 'now', arguments: '{}' })
  const offered = (g.model.requests[0]?.body['tools'] as { function: { name: string } }[] | undefined)?.map(
    (t) => t.function.name,
  )
  expect(offered).toEqual(expect.arrayContaining(['now', 'later', 'read']))
  const output = { type: 'function_call_output', call_id: first.output[0]?.call_id, output: '12:00' }
  const input = [{ role: 'user', content: 'time?' }, ...first.output, output]
  const second = await (await g.send(path, ask(input, { tools }))).json()
  expect(second).toMatchObject({ status: 'completed', output: [{ content: [{ text: 'It is noon' }] }] })
  expect(shown(g.model, 1).map((m) => m.role)).toEqual(['system', 'user', 'assistant', 'tool'])
  expect(g.model.refused).toEqual([])
})

test('images and text files are shown, PDF files and addresses of our own network are refused', async () => {
  await using g = await gateway()
  const base64 = (media_type: string, data: string) => ({ type: 'base64', media_type, data })
  await g.send(path, ask(part({ type: 'input_image', source: base64('image/png', 'iVBORw0KGgo=') })))
  expect(JSON.stringify(shown(g.model, 0))).toContain('data:image/png;base64,iVBORw0KGgo=')
  const csv = { ...base64('text/csv', btoa('a,b\n1,2')), filename: 'x.csv' }
  await g.send(path, ask(part({ type: 'input_file', source: csv })))
  expect(JSON.stringify(shown(g.model, 1))).toMatch(/<untrusted id=.*the file x\.csv.*a,b\\n1,2/)
  const refusal = async (p: object) => {
    const r = await g.send(path, ask(part(p)))
    return [r.status, await messageOf(r)]
  }
  const pdf = { type: 'input_file', filename: 'x.pdf', file_data: 'data:application/pdf;base64,AAAA' }
  expect(await refusal(pdf)).toEqual([400, expect.stringContaining('PDF files cannot be read')])
  const inside = { type: 'input_image', source: { type: 'url', url: 'http://169.254.169.254/x.png' } }
  expect(await refusal(inside)).toEqual([400, expect.stringContaining('not a public address')])
  expect(g.model.requests).toHaveLength(2)
})

test('the agents are models', async () => {
  await using g = await gateway({
    more: { agents: { defaults: { model: { primary: 'fake/gpt-x' } }, list: [{ id: 'main' }, { id: 'ops' }] } },
  })
  const list = (await (await g.send('/v1/models')).json()) as { object: string; data: { id: string }[] }
  expect(list.data.map((m) => m.id)).toEqual(['openclaw', 'openclaw/main', 'openclaw/ops'])
  expect(await (await g.send('/v1/models/openclaw%2Fops')).json()).toMatchObject({
    id: 'openclaw/ops',
    object: 'model',
  })
  expect((await g.send('/v1/models/openclaw/ops')).status).toBe(200)
  expect((await g.send('/v1/models/gpt-4')).status).toBe(404)
  expect((await fetch(`${g.url}/v1/models`)).status).toBe(401)
})
