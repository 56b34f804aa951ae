// Pictures of agents for pages: `/avatar/<agent>`, and where it is to be had with `?meta=1`.
import type { Context } from 'hono'
import type { Env } from './context.ts'
import type { ServerParts } from './parts.ts'

/** The agent whose picture a path is; undefined for any other path. */
export const agentIn = (path: string, basePath: string): string | undefined =>
  path.startsWith(`${basePath}/avatar/`) ? path.slice(basePath.length + '/avatar/'.length).toLowerCase() : undefined

/** Answers for one agent. */
export async function avatar(c: Context<Env>, parts: ServerParts, id: string): Promise<Response> {
  const found = /^[a-z0-9][a-z0-9_-]{0,63}$/.test(id) ? await parts.avatar(id) : undefined
  if (!found) return c.text('Not Found', 404)
  const { basePath } = parts.net().controlUi
  const { url, file } = found
  if (c.req.query('meta') === '1')
    return c.json({ avatarUrl: file ? `${basePath}${url}` : url }, 200, { 'cache-control': 'no-cache' })
  if (!file) return c.text('Not Found', 404)
  // A picture of an agent's own making: shown, never run as a page of ours.
  const headers = {
    'content-type': file.mime,
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'none'; sandbox",
  }
  return c.body(file.bytes, 200, headers)
}
