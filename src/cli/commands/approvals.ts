// Standing permissions to run programs, of the gateway's machine or of a node.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { describeError, Fault } from '../../lib/fault.ts'
import { ExecApprovals } from '../../domain/exec-approvals.ts'
import { defineCommand, type Command, type Run } from '../context.ts'
import { json } from '../print.ts'

const where = {
  node: z.string().min(1).optional().describe('those of this node'),
  gateway: z.boolean().default(false).describe('those of the gateway’s machine; this is what happens anyway'),
}

const Shown = z.looseObject({ path: z.string(), exists: z.boolean(), hash: z.string(), file: ExecApprovals })
type Shown = z.output<typeof Shown>

const get = async (run: Run, node: string | undefined): Promise<Shown> =>
  Shown.parse(
    node === undefined
      ? await run.call('exec.approvals.get', {})
      : await run.call('exec.approvals.node.get', { nodeId: node }),
  )

async function put(run: Run, node: string | undefined, now: Shown, file: ExecApprovals): Promise<number> {
  const change = { file, ...(now.exists ? { baseHash: now.hash } : {}) }
  const done =
    node === undefined
      ? await run.call('exec.approvals.set', change)
      : await run.call('exec.approvals.node.set', { nodeId: node, ...change })
  run.ctx.stdout(run.globals.json ? json(done) : text(Shown.parse(done)))
  return 0
}

/** The file as a person reads it. */
function text({ path, exists, file }: Shown): string {
  const d = file.defaults ?? {}
  const agents = Object.entries(file.agents ?? {}).flatMap(([id, a]) => [
    `${id === '*' ? 'every agent' : id}:${[a.security, a.ask]
      .filter(Boolean)
      .map((w) => ` ${w}`)
      .join('')}`,
    ...(a.allowlist ?? []).map((e) => `  ${e.pattern}${e.lastUsedCommand ? `  (last: ${e.lastUsedCommand})` : ''}`),
  ])
  const usual = `Without a rule of its own: ${d.security ?? 'as the config says'}, ask ${d.ask ?? 'as the config says'}`
  return `${[exists ? path : `${path} is not there yet`, usual, ...agents].join('\n')}\n`
}

const allow = {
  pattern: z.string().min(1).describe('a program by its full path; * and ** stand for parts of it'),
  agent: z.string().min(1).default('*').describe('for this agent; * for every one'),
  ...where,
}

function changing(
  path: string,
  summary: string,
  change: (list: readonly { readonly pattern: string }[], pattern: string) => { pattern: string; id?: string }[],
): Command {
  return defineCommand({
    path,
    summary,
    args: ['pattern'],
    flags: z.strictObject(allow),
    examples: [`${path} /usr/bin/git`],
    async run({ pattern, agent, node }, run) {
      if (!pattern.includes('/'))
        throw new Fault(
          'INVALID_REQUEST',
          `${pattern} is no path, and a name alone could be any program; \`which ${pattern}\` says where it is`,
        )
      const now = await get(run, node)
      const agents = now.file.agents ?? {}
      const own = agents[agent] ?? {}
      const allowlist = change(own.allowlist ?? [], pattern)
      return put(run, node, now, { ...now.file, agents: { ...agents, [agent]: { ...own, allowlist } } })
    },
  })
}

export const commands: readonly Command[] = [
  defineCommand({
    path: 'approvals get',
    aliases: ['exec-approvals get'],
    summary: 'Shows the standing permissions to run programs.',
    flags: z.strictObject(where),
    async run({ node }, run) {
      const found = await get(run, node)
      run.ctx.stdout(run.globals.json ? json(found) : text(found))
      return 0
    },
  }),
  defineCommand({
    path: 'approvals set',
    aliases: ['exec-approvals set'],
    summary: 'Puts a file of standing permissions in the place of the one there is.',
    flags: z.strictObject({
      file: z.string().min(1).optional().describe('the file to take them from'),
      stdin: z.boolean().default(false).describe('take them from what is piped in'),
      ...where,
    }),
    examples: ['approvals set --file approvals.json'],
    async run({ file, stdin, node }, run) {
      if ((file === undefined) === !stdin) throw new Fault('INVALID_REQUEST', 'say one of --file <path> and --stdin')
      const raw =
        file === undefined
          ? await run.ctx.stdin()
          : await readFile(file, 'utf8').catch((error: unknown) => {
              throw new Fault('NOT_FOUND', `${file} cannot be read: ${describeError(error)}`)
            })
      let value: unknown
      try {
        value = Bun.JSON5.parse(raw)
      } catch (error) {
        throw new Fault('INVALID_REQUEST', `that is not JSON: ${describeError(error)}`)
      }
      const next = ExecApprovals.safeParse(value)
      if (!next.success) throw new Fault('INVALID_REQUEST', `those are no permissions: ${z.prettifyError(next.error)}`)
      return put(run, node, await get(run, node), next.data)
    },
  }),
  changing('approvals allowlist add', 'Lets agents run a program without asking.', (list, pattern) =>
    list.some((e) => e.pattern === pattern) ? [...list] : [...list, { id: crypto.randomUUID(), pattern }],
  ),
  changing('approvals allowlist remove', 'Lets them no longer.', (list, pattern) => {
    const left = list.filter((e) => e.pattern !== pattern)
    if (left.length === list.length) throw new Fault('NOT_FOUND', `${pattern} is not in the list`)
    return left
  }),
]
