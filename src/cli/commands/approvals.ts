// The standing permissions to run programs: of this machine's file, of the gateway's, or of a node's.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { ExecApprovals } from '../../domain/exec-approvals.ts'
import { readApprovals, saveApprovals, shownApprovals } from '../../os/exec-approvals.ts'
import { defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'

const where = {
  node: z.string().min(1).optional().describe('of this node, by id, name or address'),
  gateway: z.boolean().default(false).describe('of the gateway; without either, of this machine’s own file'),
}

type Where = { readonly node?: string | undefined; readonly gateway: boolean }

const Found = z.looseObject({ path: z.string(), exists: z.boolean(), hash: z.string(), file: ExecApprovals })

/** The file as it is at a place. */
async function get({ node, gateway }: Where, run: Run): Promise<z.output<typeof Found>> {
  if (node !== undefined) return Found.parse(await run.call('exec.approvals.node.get', { nodeId: node }))
  if (gateway) return Found.parse(await run.call('exec.approvals.get', {}))
  return { ...shownApprovals(await readApprovals(run.paths.stateDir)) }
}

/** Writes the file at a place, on the ground of the one that was found. */
async function set(at: Where, file: ExecApprovals, baseHash: string, run: Run): Promise<number> {
  const params = { file, baseHash }
  const done =
    at.node !== undefined
      ? await run.call('exec.approvals.node.set', { nodeId: at.node, ...params })
      : at.gateway
        ? await run.call('exec.approvals.set', params)
        : shownApprovals(await saveApprovals(run.paths.stateDir, file, baseHash))
  run.ctx.stdout(run.globals.json ? json(done) : `Written: ${Found.parse(done).path}\n`)
  return 0
}

export const approvalsGet = defineCommand({
  path: 'approvals get',
  aliases: ['exec-approvals get'],
  summary: 'Shows the standing permissions to run programs.',
  flags: z.strictObject(where),
  examples: ['approvals get', 'approvals get --node <node>'],
  async run(at: Where, run) {
    run.ctx.stdout(json(await get(at, run)))
    return 0
  },
})

const setFlags = z.strictObject({
  ...where,
  file: z.string().min(1).optional().describe('the new file'),
  stdin: z.boolean().default(false).describe('read it from the input instead'),
})

export const approvalsSet = defineCommand({
  path: 'approvals set',
  aliases: ['exec-approvals set'],
  summary: 'Writes the standing permissions to run programs anew.',
  flags: setFlags,
  examples: ['approvals set --file approvals.json', 'approvals set --stdin --node <node>'],
  async run({ file, stdin, ...at }: z.output<typeof setFlags>, run) {
    if ((file === undefined) === !stdin)
      throw new Fault('INVALID_REQUEST', 'say where the new one is: --file, or --stdin')
    const text =
      file === undefined
        ? await Bun.stdin.text()
        : await readFile(file, 'utf8').catch((cause: unknown) => {
            throw new Fault('NOT_FOUND', `${file} cannot be read`, { cause })
          })
    let said: unknown
    try {
      said = JSON.parse(text)
    } catch (cause) {
      throw new Fault('INVALID_REQUEST', `${file ?? 'what was read'} is not JSON`, { cause })
    }
    const read = ExecApprovals.safeParse(said)
    if (!read.success)
      throw new Fault('INVALID_REQUEST', `that is no file of exec approvals: ${z.prettifyError(read.error)}`)
    return set(at, read.data, (await get(at, run)).hash, run)
  },
})

const listFlags = z.strictObject({
  ...where,
  pattern: z.string().min(1).describe('a program’s whole path; * and ? stand for parts of a name, ** for folders'),
  agent: z.string().min(1).default('*').describe('for which agent; * for all'),
})

/** The file with another allowlist of an agent. */
function listed(
  file: ExecApprovals,
  agent: string,
  change: (list: { pattern: string }[]) => { pattern: string }[],
): ExecApprovals {
  const own = file.agents?.[agent]
  return { ...file, agents: { ...file.agents, [agent]: { ...own, allowlist: change(own?.allowlist ?? []) } } }
}

export const allowlistAdd = defineCommand({
  path: 'approvals allowlist add',
  aliases: ['exec-approvals allowlist add'],
  summary: 'Lets a program run without asking.',
  args: ['pattern'],
  flags: listFlags,
  examples: ['approvals allowlist add /usr/bin/uname', 'approvals allowlist add "~/bin/*" --node <node>'],
  async run({ pattern, agent, ...at }: z.output<typeof listFlags>, run) {
    if (!pattern.includes('/'))
      throw new Fault(
        'INVALID_REQUEST',
        `${pattern} is no path; a name alone could be any program: \`which ${pattern}\` says where it is`,
      )
    const { file, hash } = await get(at, run)
    const entry = { id: newId('allow', run.ctx.clock), pattern }
    const add = (list: { pattern: string }[]) => (list.some((e) => e.pattern === pattern) ? list : [...list, entry])
    return set(at, listed(file, agent, add), hash, run)
  },
})

export const allowlistRemove = defineCommand({
  path: 'approvals allowlist remove',
  aliases: ['exec-approvals allowlist remove'],
  summary: 'Has a program ask again before it runs.',
  args: ['pattern'],
  flags: listFlags,
  examples: ['approvals allowlist remove /usr/bin/uname'],
  async run({ pattern, agent, ...at }: z.output<typeof listFlags>, run) {
    const { file, hash } = await get(at, run)
    if (!file.agents?.[agent]?.allowlist?.some((e) => e.pattern === pattern))
      throw new Fault('NOT_FOUND', `${pattern} is not on the allowlist of ${agent}`)
    return set(
      at,
      listed(file, agent, (list) => list.filter((e) => e.pattern !== pattern)),
      hash,
      run,
    )
  },
})
