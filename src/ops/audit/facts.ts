// What the security audit looks at, and what it finds.
import { getPath, parsePath } from '../../config/path.ts'
import type { Env, Paths } from '../../config/paths.ts'
import { Secret } from '../../lib/secret.ts'

/** Something that weakens the installation, with what to do about it. */
export interface Finding {
  readonly checkId: string
  readonly severity: 'info' | 'warn' | 'critical'
  readonly title: string
  readonly detail: string
  readonly remediation?: string
}

/** An account as the config has it, with its channel. */
export interface AuditAccount {
  readonly channel: string
  readonly accountId: string
  readonly account: Readonly<Record<string, unknown>>
}

/** Everything a look may use. `parsed` is the file's own value, where a secret that is written out is a text. */
export interface AuditFacts {
  readonly config: Readonly<Record<string, unknown>>
  readonly parsed: unknown
  readonly paths: Paths
  readonly env: Env
  /** The config file and all it includes. */
  readonly files: readonly string[]
  readonly accounts: readonly AuditAccount[]
  /** With `deep`: why the gateway could not be reached; undefined when it was. */
  readonly probe?: { readonly ok: boolean; readonly url: string; readonly error?: string }
}

/** One look at the facts; it finds nothing, something, or several things. */
export type Look = (facts: AuditFacts) => readonly Finding[]

/** A value of the config in force. */
export const said = (f: Pick<AuditFacts, 'config'>, path: string): unknown => getPath(f.config, parsePath(path))

/** A list of texts in the config in force; empty when it is none. */
export function words(f: Pick<AuditFacts, 'config'>, path: string): string[] {
  const value = said(f, path)
  return Array.isArray(value) ? value.map(String) : []
}

/** The text of a secret in force, when it could be read. */
export function secretText(f: Pick<AuditFacts, 'config'>, path: string): string | undefined {
  const value = said(f, path)
  return value instanceof Secret && value.resolved ? value.reveal() : undefined
}

/** Whether the file itself holds the secret, rather than a reference to where it is. */
export function writtenOut(f: Pick<AuditFacts, 'parsed'>, path: string): boolean {
  const value = getPath(f.parsed, parsePath(path))
  return typeof value === 'string' && value !== '' && !/\$\{[A-Z_]/.test(value)
}

/** A finding, with the words in their usual order. */
export const finding = (
  severity: Finding['severity'],
  checkId: string,
  title: string,
  detail: string,
  remediation?: string,
): Finding => ({ checkId, severity, title, detail, ...(remediation === undefined ? {} : { remediation }) })
