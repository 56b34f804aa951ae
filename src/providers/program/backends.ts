// The programs that answer in place of a server: those known by name, and what the config says of them and of others.
import type { ModelProgram } from '../../define/provider.ts'

/** An entry of `agents.defaults.cliBackends`, as far as it counts here. */
export interface ProgramWish {
  readonly command?: string | undefined
  readonly args?: readonly string[] | undefined
  readonly output?: ModelProgram['output'] | undefined
  readonly input?: ModelProgram['input'] | undefined
  readonly maxPromptArgChars?: number | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly clearEnv?: readonly string[] | undefined
  readonly modelArg?: string | undefined
  readonly modelAliases?: Readonly<Record<string, string>> | undefined
  readonly systemPromptArg?: string | undefined
  readonly systemPromptWhen?: 'first' | 'always' | 'never' | undefined
  readonly imageArg?: string | undefined
  readonly imageMode?: ModelProgram['imageMode'] | undefined
  readonly reliability?:
    | {
        readonly watchdog?:
          { readonly fresh?: { readonly noOutputTimeoutMs?: number | undefined } | undefined } | undefined
      }
    | undefined
}

const usualSilentMs = 600_000
/** Linux takes no longer argument than 128 KB, in bytes of UTF-8. */
const maxArg = 32_000

/** Programs that need no config: only what they print is asked of them, and nothing is changed by them. */
const known: Readonly<Record<string, ProgramWish & { readonly command: string }>> = {
  // https://code.claude.com/docs/en/cli-reference
  'claude-cli': {
    command: 'claude',
    args: ['-p', '--output-format', 'json'],
    input: 'stdin',
    modelArg: '--model',
    modelAliases: { 'opus-4.6': 'opus', 'sonnet-4.6': 'sonnet', 'sonnet-4.5': 'sonnet', 'haiku-4.5': 'haiku' },
    systemPromptArg: '--append-system-prompt',
  },
  // https://developers.openai.com/codex/cli/reference
  'codex-cli': {
    command: 'codex',
    args: ['exec', '--json', '--color', 'never', '--sandbox', 'read-only', '--skip-git-repo-check'],
    output: 'jsonl',
    input: 'stdin',
    modelArg: '--model',
    imageArg: '--image',
  },
}

/** The program behind an id: what is known of it with what the config says over it; undefined for no program. */
export function programOf(id: string, said: ProgramWish | undefined): ModelProgram | undefined {
  const usual = known[id]
  const given = Object.fromEntries(Object.entries(said ?? {}).filter(([, v]) => v !== undefined)) as ProgramWish
  const all = { ...usual, ...given }
  if (all.command === undefined) return undefined
  const { modelArg, systemPromptArg, imageArg } = all
  return {
    command: all.command,
    args: all.args ?? [],
    output: all.output ?? 'json',
    input: all.input ?? 'arg',
    maxArg: Math.min(all.maxPromptArgChars ?? maxArg, maxArg),
    env: all.env ?? {},
    clearEnv: all.clearEnv ?? [],
    modelAliases: { ...usual?.modelAliases, ...all.modelAliases },
    noSystem: all.systemPromptWhen === 'never',
    imageMode: all.imageMode ?? 'repeat',
    silentMs: all.reliability?.watchdog?.fresh?.noOutputTimeoutMs ?? usualSilentMs,
    ...(modelArg === undefined ? {} : { modelArg }),
    ...(systemPromptArg === undefined ? {} : { systemArg: systemPromptArg }),
    ...(imageArg === undefined ? {} : { imageArg }),
  }
}
