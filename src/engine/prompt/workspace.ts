// An agent's folder when it is new: the files it starts with, and who they say it is.
import agents from './templates/AGENTS.md' with { type: 'text' }
import bootstrap from './templates/BOOTSTRAP.md' with { type: 'text' }
import heartbeat from './templates/HEARTBEAT.md' with { type: 'text' }
import identity from './templates/IDENTITY.md' with { type: 'text' }
import soul from './templates/SOUL.md' with { type: 'text' }
import tools from './templates/TOOLS.md' with { type: 'text' }
import user from './templates/USER.md' with { type: 'text' }
import type { Outside } from '../world.ts'

/** Files of a workspace that are shown to the model, in order. */
export const workspaceFiles = [
  'AGENTS.md',
  'SOUL.md',
  'TOOLS.md',
  'IDENTITY.md',
  'USER.md',
  'HEARTBEAT.md',
  'BOOTSTRAP.md',
  'MEMORY.md',
] as const

const starters: readonly (readonly [(typeof workspaceFiles)[number], string])[] = [
  ['AGENTS.md', agents],
  ['SOUL.md', soul],
  ['TOOLS.md', tools],
  ['IDENTITY.md', identity],
  ['USER.md', user],
  ['HEARTBEAT.md', heartbeat],
  ['BOOTSTRAP.md', bootstrap],
]

/** Writes the starter files into a folder that has none of them; answers whether it did. */
export async function startWorkspace(out: Pick<Outside, 'readText' | 'saveText'>, folder: string): Promise<boolean> {
  const known = await Promise.all(workspaceFiles.map((name) => out.readText(`${folder}/${name}`)))
  if (known.some((text) => text !== undefined)) return false
  await Promise.all(starters.map(([name, text]) => out.saveText(`${folder}/${name}`, text)))
  return true
}

/** Who an IDENTITY.md says its agent is. */
export interface Identity {
  readonly name?: string
  readonly emoji?: string
  readonly avatar?: string
}

/** Reads lines such as `- **Name:** Molly`; the last one counts, blank ones and `(hints)` do not. */
export function parseIdentity(text: string): Identity {
  const found: { name?: string; emoji?: string; avatar?: string } = {}
  for (const line of text.split('\n')) {
    const m = /^\s*[-*]?\s*\**(name|emoji|avatar)\**\s*:\s*\**\s*(.+?)\s*$/i.exec(line)
    const value = m?.[2]?.replaceAll(/^[*_`]+|[*_`]+$/g, '').trim()
    if (m && value && !/^\(.*\)$/.test(value)) found[(m[1] as string).toLowerCase() as 'name'] = value
  }
  return found
}
