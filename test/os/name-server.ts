// A real name server (NSD) on loopback that serves one zone file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const user = () => Bun.spawnSync(['id', '-un']).stdout.toString().trim()

export const nsd = '/usr/sbin/nsd'

/** Serves a zone until the scope ends; answers its address. */
export async function nameServer(domain: string, zone: string) {
  const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = free.port as number
  await free.stop(true)
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-nsd-'))
  const at = (name: string) => join(dir, name)
  const lines = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    `  port: ${port}`,
    `  username: "${user()}"`,
    `  zonesdir: "${dir}"`,
    `  pidfile: "${at('pid')}"`,
    `  xfrdfile: "${at('xfrd')}"`,
    `  xfrdir: "${dir}"`,
    `  zonelistfile: "${at('zones')}"`,
    `  database: ""`,
    '  server-count: 1',
    'remote-control:',
    '  control-enable: no',
    'zone:',
    `  name: "${domain}"`,
    `  zonefile: "${zone}"`,
    '',
  ]
  writeFileSync(at('nsd.conf'), lines.join('\n'))
  const child = Bun.spawn([nsd, '-d', '-c', at('nsd.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
  return {
    address: `127.0.0.1:${port}`,
    errors: () => new Response(child.stderr).text(),
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
