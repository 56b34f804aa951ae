// The least a gateway could be: a bare Bun server that answers each socket frame after one prepared SELECT.
import { Database } from 'bun:sqlite'

const db = new Database(':memory:')
db.run('CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL)')
db.run("INSERT INTO kv VALUES ('health', 'ok')")
const select = db.query<{ value: string }, [string]>('SELECT value FROM kv WHERE key = ?')

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response('no')),
  websocket: {
    open: (ws) => void ws.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"0"}}'),
    message(ws, text) {
      const { id, method } = JSON.parse(String(text)) as { id: string; method: string }
      const status = select.get('health')?.value
      ws.send(JSON.stringify({ ok: true, id, method, result: { ok: true, status, ts: Date.now(), channels: {} } }))
    },
  },
})
console.log(JSON.stringify({ port: server.port }))
