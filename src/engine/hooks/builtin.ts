// The hooks that come with the gateway: remembering a session that is begun anew, noting commands, and a text at the start.
import { newId } from '../../lib/ids.ts'
import type { HookEvent } from '../../domain/hook.ts'
import type { SkillFile } from '../../domain/skill.ts'
import { agentOf, formatKey } from '../../domain/session-key.ts'
import { textOf } from '../../domain/turn.ts'
import * as entries from '../../store/entries.ts'
import type { BootFile } from '../prompt/index.ts'
import { workspaceFiles } from '../prompt/workspace.ts'
import type { World } from '../world.ts'

/** What of the engine they use. */
export interface HookEngine {
  readonly world: World
  readonly intake: {
    submit(what: {
      readonly session: string
      readonly text: string
      readonly media: readonly never[]
      readonly run: string
      readonly client: string
      readonly own: true
      readonly commands: false
      readonly options: { readonly deliver: false }
    }): Promise<unknown>
  }
}

/** A built-in hook. */
interface BuiltinHook {
  readonly file: SkillFile
  run(event: HookEvent, e: HookEngine): Promise<void>
  /** The files it adds to those a turn begins with. */
  bootstrap?(workspace: string, world: World): Promise<readonly BootFile[]>
}

/** Messages of a session that are kept when it is begun anew. */
const keptMessages = 15

function builtin(
  name: string,
  emoji: string,
  description: string,
  events: readonly string[],
  run: BuiltinHook['run'],
): BuiltinHook {
  const metadata = JSON.stringify({ openclaw: { emoji, events } })
  const text = `---\nname: ${name}\ndescription: ${JSON.stringify(description)}\nmetadata: ${metadata}\n---\n`
  return { file: { source: 'openclaw-bundled', path: `builtin:/hooks/${name}/HOOK.md`, text, stamp: '1' }, run }
}

/** A file name's part made of the first words somebody said. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .split('-')
    .slice(0, 5)
    .join('-')
    .slice(0, 48)

async function remember(event: HookEvent, { world }: HookEngine): Promise<void> {
  const { settings, outside, db } = world
  const id = event.context['sessionId']
  const agent = settings.agent(agentOf(event.sessionKey, settings.defaultAgent()))
  if (typeof id !== 'string' || !agent) return
  const said = entries
    .latest(db, id, keptMessages * 4)
    .filter((x) => x.role === 'user' || x.role === 'assistant')
    .map((x) => ({ role: x.role, text: textOf(x.parts).trim() }))
    .filter((x) => x.text && !x.text.startsWith('/'))
    .slice(-keptMessages)
  if (!said.length) return
  const at = new Date(event.timestamp)
  const day = at.toLocaleDateString('sv-SE', { timeZone: settings.timezone() })
  const time = at.toLocaleTimeString('sv-SE', { timeZone: settings.timezone() })
  const name = slug(said.find((x) => x.role === 'user')?.text ?? '') || time.replaceAll(':', '').slice(0, 4)
  const lines = [
    `# Session: ${day} ${time}`,
    '',
    `- **Session Key**: ${event.sessionKey}`,
    `- **Session ID**: ${id}`,
    '',
    '## Conversation Summary',
    '',
    ...said.map((x) => `${x.role}: ${x.text}`),
    '',
  ]
  await outside.saveText(`${agent.workspace}/memory/${day}-${name}.md`, lines.join('\n'))
}

const bootWords =
  'The gateway has started. This is your BOOT.md; do what it says. If there is nothing to tell anybody, answer NO_REPLY.'

async function boot(_event: HookEvent, { world, intake }: HookEngine): Promise<void> {
  const { settings, outside, clock } = world
  for (const id of settings.agents()) {
    const text = (await outside.readText(`${settings.agent(id)?.workspace ?? ''}/BOOT.md`))?.trim()
    if (!text) continue
    await intake.submit({
      session: formatKey({ agent: id, rest: 'boot' }),
      text: `${bootWords}\n\n${text}`,
      media: [],
      run: newId('boot', clock),
      client: 'hook',
      own: true,
      commands: false,
      options: { deliver: false },
    })
  }
}

const extraFiles = 'bootstrap-extra-files'

/** Files by the names of those of a workspace, such as another project's AGENTS.md, from where the config says. */
async function extra(workspace: string, { settings, outside }: World): Promise<readonly BootFile[]> {
  const paths = settings.hooks().entry(extraFiles)?.paths ?? []
  const known: readonly string[] = workspaceFiles
  const found = await Promise.all(paths.map((pattern) => outside.textsLike(workspace, pattern)))
  return found
    .flat()
    .filter(
      (f) => known.includes(f.path.slice(f.path.lastIndexOf('/') + 1)) && !known.includes(f.path) && f.text.trim(),
    )
    .map((f) => ({ name: f.path, content: f.text.trim() }))
}

/** The built-in hooks. */
export const builtinHooks: readonly BuiltinHook[] = [
  builtin(
    'session-memory',
    '💾',
    'Writes the end of a session into memory/ when it is begun anew',
    ['command:new', 'command:reset'],
    remember,
  ),
  builtin('command-logger', '📝', 'Notes every command in logs/commands.log', ['command'], (event, { world }) => {
    const { senderId, commandSource } = event.context
    const line = {
      timestamp: new Date(event.timestamp).toISOString(),
      action: event.action,
      sessionKey: event.sessionKey,
      senderId: senderId ?? 'unknown',
      source: commandSource ?? 'unknown',
    }
    return world.outside.appendLine(`${world.settings.hooks().stateDir}/logs/commands.log`, JSON.stringify(line))
  }),
  builtin('boot-md', '🚀', 'Has agents read BOOT.md when the gateway has started', ['gateway:startup'], boot),
  {
    ...builtin(
      extraFiles,
      '📎',
      'Shows agents further files of their workspace, such as packages/*/AGENTS.md (its entry’s paths)',
      ['agent:bootstrap'],
      () => Promise.resolve(),
    ),
    bootstrap: extra,
  },
]

/** The built-in hook of a name. */
export const builtinHook = (name: string): BuiltinHook | undefined =>
  builtinHooks.find((b) => b.file.path === `builtin:/hooks/${name}/HOOK.md`)
