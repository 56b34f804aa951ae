// Run by Deno: signs in, asks the agent, and prints what it heard as JSON.
import { connectGateway } from '../../src/client/client.ts'

declare const Deno: { readonly args: readonly [url: string, token: string] }

const [url, token] = Deno.args
const client = await connectGateway({ url, token })
const heard: string[] = []
const answer = await client.agent({ message: 'hello from Deno' }, { onEvent: (e) => heard.push(e.event) })
const health = (await client.call('health')) as { readonly ok: boolean }
const refused = await client.call('no.such.method').then(
  () => 'let through',
  (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
)
client.close()
console.log(JSON.stringify({ text: answer.text, ok: health.ok, refused, done: heard.includes('agent.done') }))
