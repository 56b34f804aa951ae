// A model that is told by a script to use every tool there is, one step after the other, whatever happens meanwhile.
import { join } from 'node:path'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import { fakeEmbeddings } from '../fakes/embeddings.ts'
import type { Reply, Script } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { merged, modelConfig, telegramConfig } from './harness.ts'
import { root } from './program.ts'

const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** The protocols it speaks. */
export const dialects = ['anthropic-messages', 'openai-completions', 'openai-responses'] as const
export type Dialect = (typeof dialects)[number]

type Body = Record<string, unknown>
interface Call {
  readonly name: string
  readonly input: unknown
}

/** One step: the calls it makes, given all that tools have said so far, and words their results must hold. */
export interface Step {
  calls(said: string): readonly Call[]
  readonly wants: readonly string[]
}

const call = (name: string, input: unknown): Call => ({ name, input })
const step = (wants: readonly string[], ...calls: readonly Call[]): Step => ({ calls: () => calls, wants })

const later = {
  name: 'later',
  schedule: { kind: 'every', everyMs: 86_400_000 },
  sessionTarget: 'main',
  payload: { kind: 'systemEvent', text: 'x' },
}
const patch = '*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+TWO\n*** End Patch'
const program = (said: string) => /session (prc_\w+|\w+), pid/.exec(said)?.[1] ?? 'none'
const jobOf = (said: string) => /"id": "([0-9a-f-]{36})"/.exec(said)?.[1] ?? 'none'

/** The walk over every tool. `far` is an address of this machine that no tool may fetch. */
export const walk = (far: string): readonly Step[] => [
  step(['a.txt'], call('write', { path: 'a.txt', content: 'one\ntwo\n' })),
  step(['one\ntwo', 'a.txt:1: one'], call('read', { path: 'a.txt' }), call('search', { pattern: 'one' })),
  step(['M a.txt'], call('apply_patch', { input: patch })),
  step(['a.txt'], call('edit', { path: 'a.txt', oldText: 'one', newText: 'ONE' })),
  step(
    ['ONE\nTWO', 'three lines'],
    call('read', { path: 'a.txt' }),
    call('exec', { command: 'echo "three $(printf lines)"' }),
  ),
  step(['running in the background'], call('exec', { command: 'read x; sleep 600', pty: true, yieldMs: 50 })),
  {
    calls: (said) => [
      call('process', { action: 'list' }),
      call('process', { action: 'kill', sessionId: program(said) }),
    ],
    wants: ['ended'],
  },
  step(['A page'], call('web_search', { query: 'it' })),
  step(['not a public address'], call('web_fetch', { url: far })),
  step(['Successfully wrote'], call('mcp_files_write_file', { path: 'deep.txt', content: 'by another program' })),
  step(['by another program'], call('mcp_files_read_text_file', { path: 'deep.txt' })),
  step(['MEMORY.md'], call('write', { path: 'MEMORY.md', content: 'Her car is a blue Skoda.\n' })),
  step(['Skoda'], call('memory_search', { query: 'which automobile' })),
  step(['blue Skoda'], call('memory_get', { path: 'MEMORY.md' })),
  step(['seen'], call('image', { image: dot, prompt: 'what is it' })),
  step(['"id": "main"', 'agent:main'], call('agents_list', {}), call('session_status', {})),
  step(['"kind": "main"'], call('sessions_list', {})),
  step(['hello there'], call('sessions_history', { sessionKey: 'agent:main:main' })),
  step(['aside'], call('sessions_send', { sessionKey: 'agent:main:main', message: 'aside' })),
  step(['accepted'], call('sessions_spawn', { task: 'count to three', label: 'counter' })),
  step(['counter'], call('subagents', { action: 'list' })),
  step(['"nextRunAtMs"'], call('cron', { action: 'add', job: later })),
  { calls: (said) => [call('cron', { action: 'remove', jobId: jobOf(said) })], wants: ['"removed": true'] },
  step(['off'], call('gateway', { action: 'config.get', path: 'tools.exec.ask' })),
  step(['whatsapp is not set up'], call('whatsapp_login', { action: 'start', timeoutMs: 100 })),
  step(['profile'], call('browser', { action: 'profiles' })),
  step(
    ['"nodes"', 'no connected node has canvas.present'],
    call('nodes', { action: 'status' }),
    call('canvas', { action: 'present', url: 'https://a.test/' }),
  ),
  step(['"messageId"'], call('message', { action: 'send', message: 'from the tool' })),
]

/** What the last turn of the walker holds: how many answers with calls, what tools said, and whether it is the walker's. */
export function soFar(body: Body): { readonly steps: number; readonly said: string; readonly walks: boolean } {
  const all = (body['messages'] ?? body['input'] ?? []) as { role?: string; type?: string; content?: unknown }[]
  const text = (m: unknown) => JSON.stringify(m).replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\')
  const from = all.findLastIndex((m) => m.role === 'user' && JSON.stringify(m).includes('WALK'))
  const turn = all.slice(Math.max(0, from))
  const chat = turn.filter((m) => m.role === 'assistant' && /"tool_use"|"tool_calls"/.test(JSON.stringify(m)))
  const responses = turn.filter((m, i) => m.type === 'function_call' && turn[i - 1]?.type !== 'function_call')
  const results = turn.filter(
    (m) => m.role === 'tool' || m.type === 'function_call_output' || /"tool_result"/.test(JSON.stringify(m)),
  )
  return { steps: chat.length + responses.length, said: text(results), walks: from >= 0 }
}

/** Servers a walking gateway needs, and its config. `asked` hears before each answer how many steps are done. */
export async function walkers(dialect: Dialect, asked: (steps: number) => void = () => undefined) {
  const tg = await fakeTelegram()
  const vectors = fakeEmbeddings()
  const hits: string[] = []
  const local = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(req) {
      const url = new URL(req.url)
      if (url.pathname === '/search')
        return Response.json({ results: [{ title: 'A page', url: 'https://a.test/', content: 'about it' }] })
      hits.push(url.pathname)
      return new Response('secret')
    },
  })
  const at = `http://127.0.0.1:${local.port}`
  const steps = walk(`${at}/canary`)
  const reply: Reply = (body): Script | string => {
    const { steps: done, said, walks } = soFar(body)
    const all = JSON.stringify(body)
    if (!walks && all.includes('what is it')) return 'seen'
    if (!walks) return /You are a sub-agent|From another session/.test(all) ? 'aside' : 'hello there'
    const list = (body['messages'] ?? body['input']) as unknown[]
    if (JSON.stringify(list.at(-1)).includes('The sub-agent')) return 'NO_REPLY'
    asked(done)
    const next = steps[done]
    return next ? { text: `step ${done}`, calls: next.calls(said) } : 'walked'
  }
  const model = dialect === 'anthropic-messages' ? fakeAnthropic({ reply }) : fakeOpenai({ reply })
  const files = join(root, 'node_modules', '@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js')
  const config = {
    tools: {
      exec: { security: 'full', ask: 'off', applyPatch: { enabled: true } },
      web: { search: { provider: 'searxng', searxng: { baseUrl: at } } },
      sessions: { visibility: 'agent' },
    },
    session: { dmScope: 'per-channel-peer', agentToAgent: { maxPingPongTurns: 0 } },
    commands: { ownerAllowFrom: ['*'] },
    agents: {
      defaults: { memorySearch: { remote: { baseUrl: vectors.url, apiKey: 'k' } }, imageModel: { primary: 'fake/m' } },
    },
  }
  const withFiles = (folder: string) => ({
    ...config,
    tools: {
      ...config.tools,
      mcp: { servers: { files: { command: process.execPath, args: [files, folder], cwd: folder } } },
    },
  })
  const baseUrl = model.url
  return {
    tg,
    model,
    hits,
    steps,
    /** The config of a gateway whose MCP server of npm works in a folder. */
    config: (folder: string) =>
      [modelConfig(dialect, baseUrl), telegramConfig(tg.token, tg.url)].reduce(merged, withFiles(folder)),
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]()
      await vectors[Symbol.asyncDispose]()
      await local.stop(true)
      await tg[Symbol.asyncDispose]()
    },
  }
}
