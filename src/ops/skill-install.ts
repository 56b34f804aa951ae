// Installing what a skill needs: by a package manager without a shell and without install scripts, or by download.
import { join } from 'node:path'
import { z } from 'zod'
import { deadline } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import type { Skill, SkillInstall } from '../domain/skill.ts'
import { mainKey } from '../domain/session-key.ts'
import { archiveKind, saveFile, unpack } from '../os/unpack.ts'
import { agentRule } from './agent-identity.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'gateway' | 'config' | 'clock'>

/** How long an install may take, in ms: usually, and at most. */
const usualMs = 300_000
const longestMs = 900_000

/** A word for a package manager's command line: nothing it could take for a flag, a path or an address of our own. */
function word(text: string | undefined, what: string): string {
  if (!text || !/^[\w@][\w@./:+~^=<>*,[\]-]*$/.test(text) || text.split('/').includes('..'))
    throw new Fault('INVALID_REQUEST', `the skill names no usable ${what}: ${JSON.stringify(text ?? '')}`)
  return text
}

const node: Readonly<Record<string, readonly string[]>> = {
  npm: ['npm', 'install', '-g', '--ignore-scripts'],
  pnpm: ['pnpm', 'add', '-g', '--ignore-scripts'],
  yarn: ['yarn', 'global', 'add', '--ignore-scripts'],
  bun: ['bun', 'add', '-g', '--ignore-scripts'],
}

const textAt = (config: unknown, key: string): string | undefined => {
  const found = getPath(config, ['skills', 'install', key])
  return typeof found === 'string' ? found : undefined
}

/** The program that installs, and its arguments; undefined for a download. */
export function installCommand(i: SkillInstall, nodeManager: string): readonly string[] | undefined {
  switch (i.kind) {
    case 'brew':
      return ['brew', 'install', word(i.formula, 'formula')]
    case 'node':
      return [...(node[nodeManager] ?? node['npm'] ?? []), word(i.package, 'package')]
    case 'go':
      return ['go', 'install', word(i.module, 'module')]
    case 'uv':
      return ['uv', 'tool', 'install', word(i.package, 'package')]
    case 'download':
      return undefined
  }
}

/** Downloads and, for an archive, unpacks; answers what was put where. */
async function download(s: Needed, skill: Skill, i: SkillInstall, signal: AbortSignal): Promise<string> {
  const url = URL.parse(i.url ?? '')
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Fault('INVALID_REQUEST', `the skill names no usable address: ${JSON.stringify(i.url ?? '')}`)
  const key = skill.key.replaceAll(/[^\w.-]/g, '_').replace(/^\.+/, '') || 'skill'
  const top = join(s.gateway.stateDir, 'tools', key)
  const folder = i.targetDir === undefined ? top : join(top, i.targetDir)
  if (folder !== top && !folder.startsWith(`${top}/`))
    throw new Fault('FORBIDDEN', `the skill wants to write to ${i.targetDir}, outside ${top}`)
  const answer = await s.engine.world.outside.download(url.href, { signal })
  if (!answer.ok) throw new Fault('UNAVAILABLE', `${url.href} answered ${answer.status}`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '').replaceAll(/[^\w.+-]/g, '_') || 'download'
  const kind = i.extract === false ? undefined : archiveKind(name, i.archive)
  if (kind === 'other')
    throw new Fault(
      'INVALID_REQUEST',
      `${name} is an archive that cannot be taken apart here; .tar.gz, .tar.bz2 and .zip can`,
    )
  if (kind === undefined) {
    await saveFile(join(folder, name), bytes)
    return `${name} (${bytes.length} bytes) is in ${folder}`
  }
  const count = await unpack(bytes, kind, folder, i.stripComponents ?? 0)
  return `${count} files of ${name} are in ${folder}`
}

/** Runs the package manager, once the policy for programs allows it. */
async function command(s: Needed, agent: string, argv: readonly string[], ms: number, signal: AbortSignal) {
  const { world, approvals } = s.engine
  const rule = agentRule(s, agent)
  const program = argv[0] ?? ''
  if (world.outside.which(program, '/') === undefined)
    throw new Fault('UNAVAILABLE', `${program} is not installed here; install it, or choose another way`)
  const cwd = s.gateway.stateDir
  const question = { command: argv.join(' '), argv, cwd }
  const asker = { session: mainKey(agent), agent, rule: rule.tools }
  if (!(await approvals.ask(question, asker, signal)))
    throw new Fault(
      'FORBIDDEN',
      `the policy for programs (tools.exec) does not allow \`${question.command}\`; nothing was run`,
    )
  return world.outside.spawn(argv, { cwd, env: world.outside.childEnv, signal, timeoutMs: ms, maxBytes: 100_000 })
}

export const skillsInstall = defineOp({
  id: 'skills.install',
  summary: 'Installs what a skill needs.',
  scope: 'admin',
  params: z.strictObject({
    name: z.string().min(1).describe('the skill'),
    installId: z
      .string()
      .min(1)
      .optional()
      .describe('which way, as `skills info` names them; the best one when absent'),
    timeoutMs: z.number().int().min(1000).optional().describe('how long it may take, in ms'),
  }),
  result: z.object({
    ok: z.boolean(),
    message: z.string(),
    stdout: z.string(),
    stderr: z.string(),
    code: z.number().nullable(),
    warnings: z.array(z.string()).optional(),
  }),
  cli: { path: 'skills install', args: ['name', 'installId'], print: (r) => r.message },
  examples: [{ params: { name: 'weather', installId: 'brew' }, note: 'a skill that says how' }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { engine: e } = s
    const agent = e.world.settings.defaultAgent()
    const skill = e.kit.skills.all(agentRule(s, agent)).find((x) => x.name === p.name || x.key === p.name)
    if (!skill)
      throw new Fault('NOT_FOUND', `there is no skill "${p.name}"; \`oclaw skills list\` shows those there are`)
    const chosen = p.installId === undefined ? best(s, skill) : skill.install.find((i) => i.id === p.installId)
    if (!chosen) {
      const ids = skill.install.map((i) => i.id).join(', ')
      throw new Fault('NOT_FOUND', `${skill.name} has no such way to be installed; it has: ${ids || 'none'}`)
    }
    if (skill.changed)
      throw new Fault(
        'FORBIDDEN',
        `the files of ${skill.name} changed; look at them, then \`oclaw skills approve ${skill.name}\``,
      )
    const ms = Math.min(p.timeoutMs ?? usualMs, longestMs)
    const limit = deadline(s.clock, ms, new Fault('TIMEOUT', `the install took longer than ${ms / 1000} s`), signal)
    try {
      const argv = installCommand(chosen, textAt(s.config.current(), 'nodeManager') ?? 'npm')
      if (!argv) {
        const done = await download(s, skill, chosen, limit.signal)
        return { ok: true, message: `Installed: ${done}.`, stdout: done, stderr: '', code: 0 }
      }
      const r = await command(s, agent, argv, ms, limit.signal)
      const about = { stdout: r.output, stderr: '', code: r.code }
      if (r.code !== 0)
        throw new Fault(
          'UNAVAILABLE',
          `\`${argv.join(' ')}\` failed (${r.timedOut ? 'too slow' : `exit code ${r.code}`}): ${r.output.trim().slice(-400)}`,
          { details: about },
        )
      return { ok: true, message: `Installed by \`${argv.join(' ')}\`.`, ...about }
    } finally {
      limit.done()
      e.kit.skills.refresh()
    }
  },
})

/** The way to install that suits this machine best. */
function best(s: Needed, skill: Skill): SkillInstall | undefined {
  const { outside } = s.engine.world
  const here = skill.install.filter((i) => !i.os.length || i.os.includes(outside.platform))
  const there = (program: string) => outside.which(program, '/') !== undefined
  const brew = getPath(s.config.current(), ['skills', 'install', 'preferBrew']) !== false && there('brew')
  const order = [...(brew ? ['brew'] : []), 'uv', 'node', 'go', 'download', 'brew']
  return order.flatMap((kind) => here.filter((i) => i.kind === kind))[0]
}
