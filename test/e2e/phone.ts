// A scripted phone: signs in as a node with a key of its own, and answers what it is asked.
import { device, open } from './socket.ts'

/** What a phone was asked. */
export interface Asked {
  readonly command: string
  readonly params: Record<string, unknown>
}

const answers: Readonly<Record<string, (params: Record<string, unknown>) => unknown>> = {
  'camera.snap': ({ facing }) => ({
    format: 'jpg',
    base64: btoa(`a picture of ${String(facing)}`),
    width: 4,
    height: 3,
  }),
  'camera.list': () => ({ devices: [{ id: 'c0', name: 'Back', position: 'back' }] }),
  'location.get': () => ({ lat: 1, lon: 2, accuracyMeters: 5 }),
  'canvas.eval': ({ javaScript }) => ({ result: javaScript }),
  'canvas.a2ui.pushJSONL': ({ jsonl }) => ({ ok: true, lines: String(jsonl).split('\n').length }),
}

/** Connects a phone that has these commands. */
export async function phone(port: number, token: string, commands: readonly string[]) {
  const client = await open(port, (id, method, params) => ({ type: 'req', id, method, params }))
  const who = await device()
  const nonce = String((await client.first)['nonce'])
  const signedAt = Date.now()
  const text = ['v2', who.id, 'openclaw-ios', 'node', 'node', '', signedAt, token, nonce].join('|')
  const signature = new Uint8Array(
    await crypto.subtle.sign('Ed25519', who.keys.privateKey, new TextEncoder().encode(text)),
  )
  const asked: Asked[] = []
  client.on = ({ event, data }) => {
    if (event !== 'node.invoke.request') return
    const params = JSON.parse((data['paramsJSON'] as string | null) ?? '{}') as Record<string, unknown>
    const command = String(data['command'])
    asked.push({ command, params })
    const payloadJSON = JSON.stringify(answers[command]?.(params) ?? null)
    void client.call('node.invoke.result', { id: data['id'], nodeId: who.id, ok: true, payloadJSON })
  }
  const hello = await client.call('connect', {
    minProtocol: 3,
    maxProtocol: 3,
    client: { id: 'openclaw-ios', mode: 'node', version: '1', platform: 'ios', displayName: 'Phone' },
    role: 'node',
    scopes: [],
    caps: ['camera', 'canvas', 'location'],
    commands,
    auth: { token },
    device: {
      id: who.id,
      publicKey: who.publicKey,
      signature: signature.toBase64({ alphabet: 'base64url', omitPadding: true }),
      signedAt,
      nonce,
    },
  })
  return Object.assign(client, { asked, hello, id: who.id })
}
