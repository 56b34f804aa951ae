// Broken configs before a real process: it listens, here only unless its `gateway` is sound, and lets no stranger in.
// The one way not to start is a sound `gateway` that asks for the network and for a password, and has none.
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { loadConfig } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { sections } from '../../src/config/sections/index.ts'
import { mutations, type Mutation } from '../config/mutations.ts'
import { folder, portOf, run, until } from './program.ts'
import { raw, Refusal } from './socket.ts'

const count = Number(process.env['OCLAW_CONFIGS'] ?? 60)
const seed = Number(process.env['OCLAW_SEED'] ?? 20_260_219)

/** The addresses a process listens on, as the kernel writes them: hexadecimal, with the port. */
function listening(pid: number): string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((f) => f[3] === '0A' && inodes.has(f[9] ?? ''))
      .map((f) => f[1] ?? ''),
  )
}

/** What a stranger hears who asks for `health`. */
async function asStranger(port: number): Promise<string> {
  using client = await raw(port)
  return await client.call('health').then(
    () => 'let in',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  )
}

/** Starts the program on one broken config; answers what is wrong with how it behaves. */
async function tried({ name, text, files }: Mutation): Promise<string[]> {
  using state = folder()
  for (const [file, content] of Object.entries(files)) state.write(file, content)
  state.write('openclaw.json', text)
  const where = paths({ OPENCLAW_STATE_DIR: state.path }, {}, { home: state.path, exists: () => true })
  const { config, valid, issues } = await loadConfig(sections, where, {})
  const program = run(state.path, ['gateway', '--port', '0'])
  try {
    const port = await until(
      'a port',
      () => portOf(state.path, program.pid) ?? (program.child.exitCode === null ? undefined : -1),
    )
    const { bind, auth } = config.gateway
    const open = bind !== 'loopback' && !issues.some((i) => i.path === '' || /^gateway(\.|$)/.test(i.path))
    const bare = open && auth.mode === 'password' && !auth.password
    if (port < 0 && bare && program.child.exitCode === 1 && program.output.includes('refusing to listen on')) return []
    if (port < 0) return [`${name}: ended with ${program.child.exitCode}: ${program.output.slice(0, 300)}`]
    const wrong: string[] = []
    for (const at of listening(program.pid))
      if (!open && !at.startsWith('0100007F:')) wrong.push(`${name}: listens on ${at}`)
    const heard = await asStranger(port)
    const none = valid && auth.mode === 'none'
    if (!none && heard !== 'UNAUTHORIZED') wrong.push(`${name}: a stranger hears ${heard}`)
    return wrong
  } catch (error) {
    return [`${name}: ${String(error)}: ${program.output.slice(0, 300)}`]
  } finally {
    program.child.kill('SIGKILL')
    await program.exited
  }
}

test(`${count} broken configs: each process listens where it may and refuses strangers`, async () => {
  const all = mutations(seed, count)
  const wrong: string[] = []
  const worker = async () => {
    for (let next = all.shift(); next; next = all.shift()) wrong.push(...(await tried(next)))
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  expect(wrong).toEqual([])
}, 600_000)
