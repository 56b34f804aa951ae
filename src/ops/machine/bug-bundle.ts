// What somebody who looks for a mistake needs to know of an installation, in one file: no secrets, nothing that was said.
import { writeFile } from 'node:fs/promises'
import { arch, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'
import { isRecord } from '../../config/section.ts'
import { redactText, type SecretRule } from '../../config/redact.ts'
import type { Env, Paths } from '../../config/paths.ts'
import { fileFacts } from '../../os/files.ts'
import { tailFile } from '../../os/log-tail.ts'
import { inspectDb } from '../../store/inspect.ts'

/** Lines of the log that go along. */
const logLines = 3000

/** What a bundle is made of. */
export interface BundleParts {
  readonly paths: Paths
  readonly env: Env
  readonly clock: Clock
  readonly version: string
  /** The config file as it is, the keys that are secret in it, and what is wrong with it. */
  readonly raw: string | undefined
  readonly secret: SecretRule
  readonly issues: readonly { readonly path: string; readonly message: string }[]
  /** Secrets in force. */
  readonly known: readonly Secret[]
  readonly logFile: string
  /** What the doctor and the audit found. */
  readonly checks: unknown
  readonly findings: unknown
  readonly to: string
}

const patterns: readonly RegExp[] = [
  /\b(sk|pk|rk)-[\w-]{8,}/g,
  /\b(ghp|gho|ghs|github_pat|gsk|npm|pplx|xox[a-z]|xapp|hf|glpat)[-_][\w-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b\d{6,12}:[\w-]{30,}/g,
  /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /((?:token|secret|password|api_?key|authorization)["']?\s*[:=]\s*["']?)(?!__OPENCLAW_|\$\{)[^\s"',}&]{6,}/gi,
  /[\w.+-]+@[\w-]+(\.[\w-]+)+/g,
  /\b[0-9a-f]{32,}\b/gi,
]

/** Digits in a row that may be somebody's number. */
const numbers = /(?<![\d.-])\+?\d{7,}(?![\d.])/g

const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL/i

/** A text without the secrets that are known, without what looks like one, and without people's numbers. */
export function scrub(text: string, known: readonly Secret[]): string {
  let out = known.reduce((all, secret) => secret.hiddenIn(all), text)
  for (const pattern of patterns)
    out = out.replaceAll(pattern, (_all, head: unknown) =>
      typeof head === 'string' && /[:=]/.test(head) ? `${head}•••` : '•••',
    )
  return out.replaceAll(numbers, (n) => `${n.slice(0, 2)}•••`)
}

/** Every secret in a config. */
export const secretsIn = (value: unknown): Secret[] =>
  value instanceof Secret
    ? value.resolved
      ? [value]
      : []
    : Array.isArray(value) || isRecord(value)
      ? Object.values(value).flatMap(secretsIn)
      : []

/** Writes a bundle; answers what is in it. Throws CONFLICT when the file is there already. */
export async function bugBundle(
  p: BundleParts,
): Promise<{ readonly path: string; readonly files: readonly string[]; readonly bytes: number }> {
  const home = p.paths.home
  const own = Object.entries(p.env).flatMap(([name, value]) =>
    value && value.trim().length >= 6 && secretName.test(name) ? [new Secret(value.trim())] : [],
  )
  const known = [...p.known, ...own]
  const clean = (text: string) => scrub(text, known).replaceAll(home, '~')
  const json = (value: unknown) => clean(JSON.stringify(value, null, 2))
  const { lines } = tailFile(p.logFile, { limit: logLines, maxBytes: 1_000_000 })
  let database: unknown
  try {
    database = inspectDb(join(p.paths.stateDir, 'data', 'state.db'), false) ?? 'none'
  } catch (error) {
    database = `it cannot be read: ${describeError(error)}`
  }
  const files: Record<string, string> = {
    'about.json': JSON.stringify(
      {
        version: p.version,
        platform: platform(),
        arch: arch(),
        kernel: release(),
        memoryMb: Math.round(totalmem() / 1e6),
        at: new Date(p.clock.now()).toISOString(),
        variables: Object.keys(p.env)
          .filter((n) => /^(OPENCLAW|OCLAW|CLAWDBOT)_|_API_KEY$/.test(n))
          .sort(),
      },
      null,
      2,
    ),
    'config.json5': p.raw === undefined ? '// there is no config file\n' : clean(redactText(p.raw, p.secret)),
    'config-issues.json': json(p.issues),
    'doctor.json': json(p.checks),
    'audit.json': json(p.findings),
    'database.json': json(database),
    'gateway.log': lines.length
      ? `${lines.map((line) => clean(line.slice(0, 2000))).join('\n')}\n`
      : 'there is no log\n',
  }
  if (fileFacts(p.to)) throw new Fault('CONFLICT', `${p.to} is there already; name another file`)
  const bytes = await new Bun.Archive(files, { compress: 'gzip' }).bytes()
  await writeFile(p.to, bytes, { mode: 0o600 })
  return { path: p.to, files: Object.keys(files), bytes: bytes.length }
}
