// What hooks, tools, sandboxes and models of the agents let happen.
import { getPath } from '../../config/path.ts'
import { isRecord } from '../../config/section.ts'
import { finding, said, secretText, words, type AuditFacts, type Look } from './facts.ts'

const hooks: Look = (f) => {
  if (said(f, 'hooks.enabled') !== true) return []
  const token = secretText(f, 'hooks.token')
  const found = []
  if (token !== undefined && token.length < 24)
    found.push(
      finding(
        'warn',
        'hooks.token_too_short',
        'The token of hooks can be guessed',
        `it has ${token.length} characters`,
      ),
    )
  const own = [secretText(f, 'gateway.auth.token'), f.env['OPENCLAW_GATEWAY_TOKEN']?.trim()]
  if (token !== undefined && own.includes(token))
    found.push(
      finding(
        'critical',
        'hooks.token_reuse_gateway_token',
        'Hooks use the gateway’s own token',
        'whoever may call a hook may do everything; give hooks a token of their own',
      ),
    )
  if (said(f, 'hooks.path') === '/')
    found.push(finding('critical', 'hooks.path_root', 'Hooks live under /', 'set hooks.path to /hooks'))
  if (!said(f, 'hooks.defaultSessionKey'))
    found.push(
      finding(
        'warn',
        'hooks.default_session_key_unset',
        'Every call of a hook has a session of its own',
        'hooks.defaultSessionKey is not set',
      ),
    )
  if (said(f, 'hooks.allowRequestSessionKey') === true) {
    found.push(
      finding(
        'warn',
        'hooks.request_session_key_enabled',
        'Calls of hooks may name any session',
        'hooks.allowRequestSessionKey is on',
        'oclaw config unset hooks.allowRequestSessionKey',
      ),
    )
    if (!words(f, 'hooks.allowedSessionKeyPrefixes').length)
      found.push(
        finding(
          'warn',
          'hooks.request_session_key_prefixes_missing',
          'No session is out of reach of hooks',
          'hooks.allowedSessionKeyPrefixes is empty',
        ),
      )
  }
  return found
}

const logging: Look = (f) =>
  said(f, 'logging.redactSensitive') === 'off'
    ? [
        finding(
          'warn',
          'logging.redact_off',
          'Secrets are shown in the log',
          'logging.redactSensitive is off',
          'oclaw config unset logging.redactSensitive',
        ),
      ]
    : []

const browser: Look = (f) => {
  const urls = [
    said(f, 'browser.cdpUrl'),
    ...Object.values(asMap(said(f, 'browser.profiles'))).map((p) => asMap(p)['cdpUrl']),
  ]
  const plain = urls.filter(
    (u) => typeof u === 'string' && u.startsWith('http:') && !/\/\/(127\.|localhost|\[::1\])/.test(u),
  )
  return plain.length
    ? [
        finding(
          'warn',
          'browser.remote_cdp_http',
          'A browser elsewhere is driven without encryption',
          `${plain.map(String).join(', ')}: whoever listens can drive it too`,
        ),
      ]
    : []
}

const asMap = (v: unknown): Record<string, unknown> => (isRecord(v) ? v : {})

const elevated: Look = (f) => {
  if (said(f, 'tools.elevated.enabled') === false) return []
  return Object.entries(asMap(said(f, 'tools.elevated.allowFrom'))).flatMap(([channel, list]) => {
    const people = Array.isArray(list) ? list.map(String) : []
    if (people.includes('*'))
      return [
        finding(
          'critical',
          `tools.elevated.allowFrom.${channel}.wildcard`,
          'Everybody may run commands on this machine',
          `tools.elevated.allowFrom.${channel} has "*"`,
        ),
      ]
    return people.length > 25
      ? [
          finding(
            'warn',
            `tools.elevated.allowFrom.${channel}.large`,
            'Many may run commands on this machine',
            `tools.elevated.allowFrom.${channel} has ${people.length} people`,
          ),
        ]
      : []
  })
}

const agents = (f: AuditFacts) => {
  const list = said(f, 'agents.list')
  return Array.isArray(list) ? list.map(asMap) : []
}

const exec: Look = (f) => {
  const boxed = (sandbox: unknown) => asMap(sandbox)['mode'] !== 'off' && asMap(sandbox)['mode'] !== undefined
  const base = asMap(said(f, 'agents.defaults.sandbox'))
  const host = asMap(said(f, 'tools.exec'))
  const found = []
  if (!boxed(base) && (host['host'] ?? 'sandbox') === 'sandbox' && host['security'] === 'full')
    found.push(
      finding(
        'warn',
        'tools.exec.host_sandbox_no_sandbox_defaults',
        'Commands run here, and nobody is asked',
        'tools.exec.security is full and there is no sandbox',
        'oclaw config unset tools.exec.security',
      ),
    )
  const loose = agents(f).filter(
    (a) => !boxed(a['sandbox'] ?? base) && asMap(asMap(a['tools'])['exec'])['security'] === 'full',
  )
  if (loose.length)
    found.push(
      finding(
        'warn',
        'tools.exec.host_sandbox_no_sandbox_agents',
        'Agents run commands here, and nobody is asked',
        loose.map((a) => String(a['id'])).join(', '),
      ),
    )
  const over = agents(f).filter(
    (a) => asMap(a['tools'])['profile'] !== undefined && said(f, 'tools.profile') === 'minimal',
  )
  if (over.length)
    found.push(
      finding(
        'warn',
        'tools.profile_minimal_overridden',
        'Agents say more tools than the smallest set',
        over.map((a) => String(a['id'])).join(', '),
      ),
    )
  return found
}

/** Paths of the host no container may see. */
const forbidden = /^(\/|\/etc|\/proc|\/sys|\/dev|\/root|\/var\/run\/docker\.sock|\/run\/docker\.sock|\/var\/run|\/run)$/

/** What the file itself says of containers: the worst of it never comes into force. */
const sandbox: Look = (f) => {
  const list = getPath(f.parsed, ['agents', 'list'])
  const own = (Array.isArray(list) ? list : []).map((a) => asMap(asMap(a)['sandbox']))
  const all = [asMap(getPath(f.parsed, ['agents', 'defaults', 'sandbox'])), ...own]
  const dockers = all.map((s) => asMap(s['docker']))
  const found = []
  const binds = dockers.flatMap((d) => (Array.isArray(d['binds']) ? d['binds'].map(String) : []))
  const sources = binds.map((b) => b.split(':')[0] ?? '')
  const bad = sources.filter((s) => forbidden.test(s.replace(/(.)\/+$/, '$1')))
  if (bad.length)
    found.push(finding('critical', 'sandbox.dangerous_bind_mount', 'A container sees what it must not', bad.join(', ')))
  const relative = sources.filter((s) => !s.startsWith('/'))
  if (relative.length)
    found.push(
      finding(
        'warn',
        'sandbox.bind_mount_non_absolute',
        'A container’s folder is not named in full',
        relative.join(', '),
      ),
    )
  if (dockers.some((d) => d['network'] === 'host' || String(d['network']).startsWith('container:')))
    found.push(
      finding(
        'critical',
        'sandbox.dangerous_network_mode',
        'A container shares the network of the host',
        'network host',
      ),
    )
  if (dockers.some((d) => d['seccompProfile'] === 'unconfined'))
    found.push(
      finding('critical', 'sandbox.dangerous_seccomp_profile', 'A container may make any system call', 'seccomp'),
    )
  if (dockers.some((d) => d['apparmorProfile'] === 'unconfined'))
    found.push(finding('critical', 'sandbox.dangerous_apparmor_profile', 'A container is not confined', 'AppArmor'))
  return found
}

const weak = /(haiku|mini|nano|flash-lite|gpt-3|gpt-4o-mini|:?\b[1-9]b\b|tiny|phi-|gemma)/i
const legacy = /(claude-(instant|2|3(?!-[57]))|gpt-3\.5|gpt-4(?!o|\.|-turbo)|text-davinci)/i

const models: Look = (f) => {
  const refs = [
    said(f, 'agents.defaults.model.primary'),
    ...words(f, 'agents.defaults.model.fallbacks'),
    ...agents(f).map((a) => asMap(a['model'])['primary']),
  ].filter((r) => typeof r === 'string')
  const old = refs.filter((r) => legacy.test(r))
  const small = refs.filter((r) => !legacy.test(r) && weak.test(r))
  return [
    ...(old.length
      ? [finding('warn', 'models.legacy', 'Old models are easily talked into things', old.join(', '))]
      : []),
    ...(small.length
      ? [finding('warn', 'models.weak_tier', 'Small models are easily talked into things', small.join(', '))]
      : []),
  ]
}

const plugins: Look = (f) =>
  words(f, 'plugins.load.paths').length && !words(f, 'plugins.allow').length
    ? [
        finding(
          'warn',
          'plugins.extensions_no_allowlist',
          'Plugins are named, but none is allowed by name',
          'this gateway loads no plugins; set plugins.allow for one that does',
        ),
      ]
    : []

export const agentLooks: readonly Look[] = [hooks, logging, browser, elevated, exec, sandbox, models, plugins]
