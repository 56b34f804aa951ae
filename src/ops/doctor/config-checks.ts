// Checks of the config file and of the secrets in it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { randomHex } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { rewrite, setPath } from '../../config/change.ts'
import { idleKeys } from '../../config/idle.ts'
import { moveLegacy } from '../../config/legacy.ts'
import { parseJson5 } from '../../config/tree.ts'
import type { Journal } from './journal.ts'
import { hostCheck, said, well, wrong, type HostFacts } from './facts.ts'

const listed = (issues: readonly { readonly path: string; readonly message: string }[]) =>
  issues.map((i) => `${i.path || 'the file'}: ${i.message}`).join('\n')

/** The file's value; undefined when it is no JSON5. */
function parsed(facts: HostFacts): unknown {
  try {
    return facts.file.raw === undefined ? undefined : parseJson5(facts.file.raw, facts.paths.configPath)
  } catch {
    return undefined // config.valid says what is wrong with it
  }
}

const moved = (message: string) => message.includes('has moved to') || message.includes('is no longer used')

export const configValid = hostCheck({
  id: 'config.valid',
  summary: 'The config file can be read, and every value in it is right.',
  severity: 'broken',
  look(facts) {
    const { exists, valid, issues } = facts.file
    if (!exists) return well(`there is none at ${facts.paths.configPath}; the defaults count`)
    if (valid) return well(facts.paths.configPath)
    const first = issues.find((i) => i.path)?.path
    if (parsed(facts) === undefined)
      return wrong(
        `${listed(issues)}\nuntil it is mended, the last good copy or the defaults are in force`,
        existsSync(facts.paths.lastGoodPath) ? 'oclaw doctor --fix' : 'oclaw config reset --yes',
      )
    return wrong(listed(issues), first === undefined ? 'oclaw config validate' : `oclaw config unset ${first}`)
  },
  async mend(facts, journal) {
    const { configPath, lastGoodPath } = facts.paths
    if (parsed(facts) !== undefined || !existsSync(lastGoodPath)) return undefined
    await journal.write(configPath, readFileSync(lastGoodPath, 'utf8'))
    return `put the last good copy in place of ${configPath}, which could not be read`
  },
})

export const configLegacy = hostCheck({
  id: 'config.legacy',
  summary: 'No key of the config is at an older place.',
  severity: 'warn',
  after: ['config.valid'],
  look({ file }) {
    const old = file.warnings.filter((w) => moved(w.message))
    return old.length
      ? wrong(old.map((w) => `${w.path} ${w.message.split(';')[0]}`).join('\n'), 'oclaw doctor --fix')
      : well()
  },
  async mend(facts, journal) {
    const value = parsed(facts)
    const { value: next, moved: keys } = moveLegacy(value)
    if (value === undefined || !keys.length) return undefined
    await journal.write(facts.paths.configPath, rewrite(facts.file.raw ?? '', next))
    return `moved ${keys.map((k) => k.from).join(', ')} to where they belong`
  },
})

export const configUnknown = hostCheck({
  id: 'config.unknown',
  summary: 'Every key of the config is known.',
  severity: 'note',
  after: ['config.valid'],
  look({ file }) {
    const odd = file.warnings.filter((w) => w.message.includes('unknown key'))
    const names = odd.map((w) => w.path).join(', ')
    return odd.length
      ? wrong(`unknown keys, kept and without effect: ${names}`, `oclaw config unset ${odd[0]?.path}`)
      : well()
  },
})

export const configIdle = hostCheck({
  id: 'config.idle',
  summary: 'Every key that is set has an effect here.',
  severity: 'note',
  after: ['config.valid'],
  async look(facts) {
    const idle = idleKeys(await facts.schema(), parsed(facts))
    return idle.length ? wrong(`set, and of no effect here: ${idle.join(', ')}`, `oclaw config get ${idle[0]}`) : well()
  },
})

/** For how long a change that was taken back is spoken of, in ms. */
const recentMs = 7 * 86_400_000

export const configRejected = hostCheck({
  id: 'config.rejected',
  summary: 'No change of the config was taken back lately.',
  severity: 'note',
  look({ paths, clock }) {
    const folder = dirname(paths.configPath)
    const begin = `${basename(paths.configPath)}.rejected.`
    const names = existsSync(folder) ? readdirSync(folder).filter((n) => n.startsWith(begin)) : []
    const last = names.sort().at(-1)
    if (last === undefined || clock.now() - statSync(join(folder, last)).mtimeMs > recentMs) return well()
    return wrong(
      `a change did not work and was taken back; it is kept in ${join(folder, last)}`,
      `diff ${paths.configPath} ${join(folder, last)}`,
    )
  },
})

/** The shortest token nobody guesses, in characters. */
const shortest = 24

function tokenOf(facts: HostFacts): { text: string; from: string } | undefined {
  const config = said(facts, 'gateway.auth.token')
  if (config instanceof Secret && config.resolved) return { text: config.reveal(), from: 'gateway.auth.token' }
  const env = facts.env['OPENCLAW_GATEWAY_TOKEN']?.trim()
  if (env) return { text: env, from: 'OPENCLAW_GATEWAY_TOKEN' }
  const named = facts.env['OPENCLAW_GATEWAY_TOKEN_FILE']
  for (const path of [...(named ? [named] : []), join(facts.paths.stateDir, 'gateway.token')])
    if (existsSync(path)) return { text: readFileSync(path, 'utf8').trim(), from: path }
  return undefined
}

/** Whether callers from elsewhere can reach the port. */
const open = (facts: HostFacts) => {
  const bind = said(facts, 'gateway.bind')
  return bind !== undefined && bind !== 'loopback' && bind !== 'auto'
}

/**
 * Puts a new token in place of the gateway’s, or makes the first one. Answers what was done. Throws INVALID_REQUEST where
 * callers are asked for something else, or the token is kept where only its owner should write.
 */
export async function newToken(facts: HostFacts, journal: Journal): Promise<string> {
  const mode = said(facts, 'gateway.auth.mode') ?? 'token'
  if (mode !== 'token')
    throw new Fault(
      'INVALID_REQUEST',
      `gateway.auth.mode is ${JSON.stringify(mode)}; first: oclaw config set gateway.auth.mode token`,
    )
  const own = join(facts.paths.stateDir, 'gateway.token')
  const from = tokenOf(facts)?.from ?? own
  const token = randomHex(32)
  const { raw } = facts.file
  const written = (parsed(facts) as { gateway?: { auth?: { token?: unknown } } } | undefined)?.gateway?.auth?.token
  if (from === own) await journal.write(own, `${token}\n`)
  else if (from === 'gateway.auth.token' && raw !== undefined && typeof written === 'string' && !written.includes('${'))
    await journal.write(facts.paths.configPath, setPath(raw, ['gateway', 'auth', 'token'], token))
  else throw new Fault('INVALID_REQUEST', `the token is kept in ${from}; put a new one there: openssl rand -hex 32`)
  return `made a new gateway token in ${from}; it counts after: oclaw gateway restart`
}

export const gatewayToken = hostCheck({
  id: 'gateway.token',
  summary: 'Nobody without a good secret can call the gateway.',
  severity: 'warn',
  look(facts) {
    const mode = said(facts, 'gateway.auth.mode') ?? 'token'
    if (mode === 'none')
      return wrong(
        `gateway.auth.mode is none: every program ${open(facts) ? 'on the network' : 'of this machine'} may use the assistant`,
        'oclaw config set gateway.auth.mode token',
      )
    if (mode === 'password') {
      const set = said(facts, 'gateway.auth.password') instanceof Secret || facts.env['OPENCLAW_GATEWAY_PASSWORD']
      return set
        ? well('password')
        : wrong('gateway.auth.mode is password, but there is none', 'oclaw config set gateway.auth.password <password>')
    }
    if (mode === 'trusted-proxy') return well('a trusted proxy vouches')
    const token = tokenOf(facts)
    if (!token) return well('the gateway makes a token at its first start')
    if (token.text.length < shortest)
      return wrong(
        `the token in ${token.from} has ${token.text.length} characters; ${shortest} or more cannot be guessed`,
        token.from === 'gateway.auth.token'
          ? 'oclaw doctor --fix'
          : `put a longer one into ${token.from}: openssl rand -hex 32`,
      )
    return well(`token from ${token.from}`)
  },
  async mend(facts, journal) {
    const token = tokenOf(facts)
    if (token?.from !== 'gateway.auth.token' || token.text.length >= shortest || facts.file.raw === undefined)
      return undefined
    const value = parsed(facts)
    const auth = (value as { gateway?: { auth?: { token?: unknown } } } | undefined)?.gateway?.auth
    if (typeof auth?.token !== 'string' || auth.token.includes('${')) return undefined // it is kept elsewhere
    auth.token = randomHex(32)
    await journal.write(facts.paths.configPath, rewrite(facts.file.raw, value))
    return 'made a new gateway token; clients elsewhere need it: oclaw config get gateway.auth.token --show-secrets'
  },
})

export const oldVariables = hostCheck({
  id: 'env.deprecated',
  summary: 'No variable of an older version is set.',
  severity: 'note',
  look({ env }) {
    const old = Object.keys(env).filter((k) => /^(CLAWDBOT|MOLTBOT|MOLDBOT)_/.test(k))
    return old.length
      ? wrong(`${old.join(', ')} ${old.length === 1 ? 'is' : 'are'} of an older version; use OPENCLAW_… instead`)
      : well()
  },
})
