// Browsers on nodes: which one a call is for, and the way there and back, files included.
import { readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import type { BrowserCall, BrowserControl } from '../define/browser.ts'
import { fileFields, maxFilesBytes } from '../domain/browser-files.ts'
import { getPath } from '../config/path.ts'
import { keepAmong, uploads } from '../os/browser/paths.ts'
import { askNode } from './node-ask.ts'
import { pickNode } from './node-find.ts'
import { nodesOf, type Node } from './nodes.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

/** The command of nodes that lend a browser. */
const command = 'browser.proxy'
/** How long a node has for a route, and for its answer to come back beside that, in ms. */
const routeMs = 120_000
const graceMs = 5000

/** What a caller says of where: a node by name, or any. */
export interface BrowserPlace {
  readonly target?: 'host' | 'node' | undefined
  readonly node?: string | undefined
}

/** The node whose browser is meant; undefined for the one of this machine. Throws what keeps a node that is meant from being used. */
function meant(s: Needed, { target, node }: BrowserPlace): Node | undefined {
  if (target === 'host') return undefined
  const config = s.config.current()
  const mode = getPath(config, ['gateway', 'nodes', 'browser', 'mode']) ?? 'auto'
  const asked = target === 'node' || node !== undefined
  if (mode === 'off') {
    if (!asked) return undefined
    throw new Fault(
      'UNAVAILABLE',
      'browsers of nodes are switched off; `oclaw config set gateway.nodes.browser.mode auto` uses them',
    )
  }
  const able = nodesOf(s).filter((n) => n.connected && n.commands.includes(command))
  if (asked && !able.length)
    throw new Fault(
      'UNAVAILABLE',
      'no node with a browser is connected; leave target and node out, or see `oclaw nodes status`',
    )
  const set = getPath(config, ['gateway', 'nodes', 'browser', 'node'])
  const name = node ?? (typeof set === 'string' && set.trim() ? set : undefined)
  if (name !== undefined) {
    try {
      return pickNode(able, name)
    } catch (cause) {
      if (!(cause instanceof Fault) || cause.code !== 'NOT_FOUND') throw cause
      const whose = node === undefined ? 'gateway.nodes.browser.node' : 'node'
      throw new Fault(
        'UNAVAILABLE',
        `${whose} is ${name}, and no connected node of that name lends a browser; see \`oclaw nodes status\``,
        { cause },
      )
    }
  }
  if (asked) return pickNode(able, undefined)
  return mode === 'auto' && able.length === 1 ? able[0] : undefined
}

const Proxied = z.object({
  result: z.unknown(),
  files: z.array(z.object({ path: z.string(), base64: z.string() })).nullish(),
})

/** Keeps what a node sent, and puts the new paths into its answer. Throws UNAVAILABLE for a file it names and did not send. */
async function kept(said: z.output<typeof Proxied>, s: Needed): Promise<unknown> {
  const sent = new Map(said.files?.map((f) => [f.path, f.base64]))
  for (const field of fileFields(said.result)) {
    const base64 = sent.get(field.path)
    // Its paths are those of another machine: taken as ours they would name whatever file lies there.
    if (base64 === undefined) throw new Fault('UNAVAILABLE', `the node named a file and did not send it: ${field.path}`)
    const end = /^\.\w{1,8}$/.exec(extname(field.path))?.[0] ?? ''
    const dir = join(s.gateway.stateDir, 'browser', 'from-nodes')
    field.replace(await keepAmong(dir, `${newId('file', s.clock)}${end}`, Buffer.from(base64, 'base64')))
  }
  return said.result
}

/** Files of this machine that a call uploads, as they go to the node. Throws INVALID_REQUEST, TOO_LARGE. */
async function taken({ path, body }: BrowserCall, s: Needed) {
  const { paths } = body
  if (path !== '/hooks/file-chooser' || !Array.isArray(paths)) return undefined
  const here = await uploads(join(s.gateway.stateDir, 'browser'), paths.map(String))
  const sizes = await Promise.all(here.map(async (p) => (await stat(p)).size))
  if (sizes.reduce((a, b) => a + b, 0) > maxFilesBytes)
    throw new Fault('TOO_LARGE', 'a browser of a node can be given 10 MB of files at once')
  const files = await Promise.all(here.map(async (p) => ({ path: p, base64: await readFile(p, 'base64') })))
  return { files, body: { ...body, paths: here } }
}

/** The browser of a node; undefined when the one of this machine is meant. Throws UNAVAILABLE when the node meant is not there. */
export function nodeBrowser(s: Needed, place: BrowserPlace = {}): BrowserControl | undefined {
  const node = meant(s, place)
  return (
    node && {
      async call(c) {
        const { method, path, query, body, signal } = c
        const profile = query['profile'] ?? body['profile']
        const params = {
          method,
          path,
          query,
          body,
          timeoutMs: routeMs,
          ...(typeof profile === 'string' ? { profile } : {}),
          ...(await taken(c, s)),
        }
        const ask = { command, params, timeoutMs: routeMs + graceMs, idempotencyKey: newId('ask', s.clock) }
        const { payload } = await askNode(s, node.nodeId, ask, signal).catch((error: unknown) => {
          const details = error instanceof Fault ? error.more.details : undefined
          const no = (details as { nodeError?: { code?: string; message?: string } } | undefined)?.nodeError
          if (!no) throw error
          const code = no.code === 'INVALID_REQUEST' || no.code === 'TIMEOUT' ? no.code : 'UNAVAILABLE'
          throw new Fault(code, `${no.message ?? 'no'} (on the node ${node.displayName ?? node.nodeId.slice(0, 12)})`, {
            details,
            cause: error,
          })
        })
        const said = Proxied.safeParse(payload)
        if (said.success) return kept(said.data, s)
        throw new Fault('UNAVAILABLE', 'the node’s answer about its browser cannot be read; it may need an update')
      },
    }
  )
}
