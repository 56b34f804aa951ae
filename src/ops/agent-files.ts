// The files of an agent's workspace that go into its instructions: listing, reading and writing them.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { workspaceFiles } from '../engine/prompt/workspace.ts'
import { fileFacts } from '../os/files.ts'
import { agentRule } from './agent-identity.ts'
import type { Services } from './services.ts'

const File = z.object({
  name: z.string(),
  path: z.string(),
  missing: z.boolean(),
  size: z.number().optional(),
  updatedAtMs: z.number().optional(),
  content: z.string().optional(),
})

const agentId = z.string().min(1).describe('the agent')
const fileName = z.string().min(1).describe('the file, such as SOUL.md')

/** What is known of a file of a workspace. */
function factsOf(workspace: string, name: string): z.output<typeof File> {
  const path = join(workspace, name)
  const facts = fileFacts(path)
  return facts
    ? { name, path, missing: false, size: facts.size, updatedAtMs: Math.floor(facts.mtimeMs) }
    : { name, path, missing: true }
}

/** A name that is one of the known files. Throws INVALID_REQUEST for any other. */
function known(name: string): string {
  if ((workspaceFiles as readonly string[]).includes(name)) return name
  throw new Fault('INVALID_REQUEST', `unsupported file "${name}"; there are ${workspaceFiles.join(', ')}`)
}

const list = defineOp({
  id: 'agents.files.list',
  summary: 'Lists the files that go into an agent’s instructions.',
  scope: 'read',
  params: z.strictObject({ agentId }),
  result: z.object({ agentId: z.string(), workspace: z.string(), files: z.array(File) }),
  examples: [{ params: { agentId: 'main' } }],
  handler: ({ params: p }, s: Pick<Services, 'engine'>) => {
    const { id, workspace } = agentRule(s, p.agentId)
    const all = workspaceFiles.map((name) => factsOf(workspace, name))
    const begun = all.some((f) => !f.missing)
    const files = all.filter((f) => f.name !== 'BOOTSTRAP.md' || !f.missing || !begun)
    return { agentId: id, workspace, files }
  },
})

const get = defineOp({
  id: 'agents.files.get',
  summary: 'Shows a file that goes into an agent’s instructions.',
  scope: 'read',
  params: z.strictObject({ agentId, name: fileName }),
  result: z.object({ agentId: z.string(), workspace: z.string(), file: File }),
  examples: [{ params: { agentId: 'main', name: 'SOUL.md' } }],
  handler: async ({ params: p }, s: Pick<Services, 'engine'>) => {
    const { id, workspace } = agentRule(s, p.agentId)
    const file = factsOf(workspace, known(p.name))
    if (file.missing) return { agentId: id, workspace, file }
    const { bytes } = await s.engine.world.outside.readFile(file.path, workspace)
    return { agentId: id, workspace, file: { ...file, content: new TextDecoder().decode(bytes) } }
  },
})

const set = defineOp({
  id: 'agents.files.set',
  summary: 'Writes a file that goes into an agent’s instructions.',
  scope: 'admin',
  params: z.strictObject({ agentId, name: fileName, content: z.string().describe('its whole text') }),
  result: z.object({ ok: z.literal(true), agentId: z.string(), workspace: z.string(), file: File }),
  examples: [{ params: { agentId: 'main', name: 'USER.md', content: '# Ann\n' } }],
  handler: async ({ params: p }, s: Pick<Services, 'engine'>) => {
    const { id, workspace } = agentRule(s, p.agentId)
    await s.engine.world.outside.saveText(join(workspace, known(p.name)), p.content)
    return { ok: true as const, agentId: id, workspace, file: { ...factsOf(workspace, p.name), content: p.content } }
  },
})

export const agentFileOps = [list, get, set] as const
