// The programs `claude` and `codex` as far as they answer a single question: they print what the real ones print, and refuse
// what those refuse. Run as `bun model-programs.ts claude …`; the answer repeats what was asked, so that a test can see it.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Kind = 'claude' | 'codex'

/** Puts both programs into a folder; answers its path. */
export function modelPrograms(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const kind of ['claude', 'codex']) {
    const path = join(folder, kind)
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${import.meta.path}' ${kind} "$@"\n`)
    chmodSync(path, 0o755)
  }
  return folder
}

/** Flags with a value, and those without. */
const flags: Readonly<Record<Kind, { readonly value: readonly string[]; readonly plain: readonly string[] }>> = {
  claude: { value: ['--output-format', '--model', '--append-system-prompt'], plain: ['-p', '--print'] },
  codex: { value: ['--color', '--sandbox', '--model', '--image'], plain: ['--json', '--skip-git-repo-check'] },
}

function die(text: string, code = 1): never {
  process.stderr.write(`${text}\n`)
  process.exit(code)
}

function main(kind: Kind, args: readonly string[]): void {
  const said: Record<string, string[]> = {}
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (flags[kind].value.includes(arg)) (said[arg] ??= []).push(args[++i] ?? die(`error: ${arg} wants a value`))
    else if (flags[kind].plain.includes(arg)) said[arg] = []
    else if (arg.startsWith('-')) die(`error: unknown option '${arg}'`)
    else rest.push(arg)
  }
  if (kind === 'codex' && rest.shift() !== 'exec') die('stdin is not a terminal')
  if (rest.length > 1) die(`error: unexpected argument '${rest[1]}'`, 2)
  const prompt = rest[0] ?? readFileSync(0, 'utf8')
  if (!prompt.trim()) die('Error: Input must be provided either through stdin or as a prompt argument')
  const model = said['--model']?.[0]
  if (prompt.includes('be silent')) return void setTimeout(() => undefined, 60_000)
  if (prompt.includes('say no more')) process.exit(3)
  const told = { prompt, model, system: said['--append-system-prompt']?.[0], key: process.env['ANTHROPIC_API_KEY'] }
  if (kind === 'claude') claude(said, told)
  else codex(said, { ...told, images: (said['--image'] ?? []).map((path) => readFileSync(path).length) })
}

function claude(said: Readonly<Record<string, string[]>>, told: { readonly model: string | undefined }): void {
  if (!said['-p'] || said['--output-format']?.[0] !== 'json') die('Error: this one only knows -p --output-format json')
  const about = { type: 'result', session_id: 'b3c1', total_cost_usd: 0.01 }
  const usage = { input_tokens: 7, cache_creation_input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 2 }
  if (told.model === 'signed-out') {
    const result = 'Not logged in · Please run /login'
    process.stdout.write(`${JSON.stringify({ ...about, subtype: 'success', is_error: true, result, usage })}\n`)
    process.exit(1)
  }
  process.stdout.write(
    `${JSON.stringify({ ...about, subtype: 'success', is_error: false, result: JSON.stringify(told), usage })}\n`,
  )
}

function codex(said: Readonly<Record<string, string[]>>, told: object): void {
  if (!said['--skip-git-repo-check'] && !existsSync('.git'))
    die('Not inside a trusted directory and --skip-git-repo-check was not specified.')
  const lines = [
    { type: 'thread.started', thread_id: '0199' },
    { type: 'turn.started' },
    { type: 'item.completed', item: { id: 'item_0', type: 'reasoning', text: '**Looking**' } },
    { type: 'item.completed', item: { id: 'item_1', type: 'agent_message', text: JSON.stringify(told) } },
    { type: 'turn.completed', usage: { input_tokens: 12, cached_input_tokens: 5, output_tokens: 2 } },
  ]
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

if (import.meta.main) main(process.argv[2] as Kind, process.argv.slice(3))
