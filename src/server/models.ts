// GET /v1/models: the agents, under the names a program may use as `model`.
import type { Context } from 'hono'
import { stranger, type Env } from './context.ts'
import { failed, type Api } from './openai.ts'

/** Answers the list, or with `id` one of it. */
export function models(c: Context<Env>, { parts, limit }: Api, id?: string): Response {
  if (c.req.method !== 'GET') return c.text('Method Not Allowed', 405, { allow: 'GET' })
  const { chatCompletions, responses } = parts.api()
  if (!chatCompletions.enabled && !responses.enabled) {
    const command = 'oclaw config set gateway.http.endpoints.chatCompletions.enabled true'
    return failed(c, 404, `this endpoint is switched off; \`${command}\` switches it on`, 'endpoint_disabled')
  }
  const answer = stranger(c, parts, limit)
  if (answer) return answer
  const created = Math.floor(parts.hello().startedAt / 1000)
  const ids = ['openclaw', ...parts.agents().map((agent) => `openclaw/${agent}`)]
  const about = (name: string) => ({ id: name, object: 'model', created, owned_by: 'openclaw' })
  if (id === undefined) return c.json({ object: 'list', data: ids.map(about) })
  if (ids.includes(id)) return c.json(about(id))
  return failed(c, 404, `there is no model "${id}"; there are ${ids.join(', ')}`, 'model_not_found')
}
