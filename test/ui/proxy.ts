// A real nginx in front of the gateway, set up as its users do: it says for whom it asks, and passes sockets on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const nginx = Bun.which('nginx', { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` })

/** The lines a person puts into nginx for a gateway below a path. */
const site = (port: number, front: number, path: string) => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${front};
    location ${path} {
      proxy_pass http://127.0.0.1:${port};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For 203.0.113.7;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_read_timeout 1h;
    }
  }
}
`

/** Starts nginx in front of a gateway's port, for everything below a path. */
export async function proxy(port: number, path: string) {
  const folder = mkdtempSync(join(tmpdir(), 'oclaw-nginx-'))
  const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const front = free.port as number
  await free.stop(true)
  writeFileSync(join(folder, 'nginx.conf'), site(port, front, path))
  const child = Bun.spawn([nginx ?? 'nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${front}`
  for (let tries = 0; ; tries++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) break
    if (tries > 500 || child.exitCode !== null) throw new Error('nginx did not start')
    await Bun.sleep(10)
  }
  return {
    port: front,
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
