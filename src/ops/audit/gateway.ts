// Who may call the gateway, and what callers may do.
import { finding, said, secretText, words, writtenOut, type AuditFacts, type Look } from './facts.ts'

const shortest = 24

const mode = (f: AuditFacts) => (said(f, 'gateway.auth.mode') as string | undefined) ?? 'token'
const local = (f: AuditFacts) => ['loopback', 'auto', undefined].includes(said(f, 'gateway.bind') as string | undefined)

const access: Look = (f) => {
  if (mode(f) === 'none')
    return [
      local(f)
        ? finding(
            'critical',
            'gateway.loopback_no_auth',
            'The gateway asks for no secret',
            'every program of this machine, and a proxy in front of it, may use the assistant',
            'oclaw config set gateway.auth.mode token',
          )
        : finding(
            'critical',
            'gateway.bind_no_auth',
            'The gateway is open to the network',
            `gateway.bind is ${String(said(f, 'gateway.bind'))} and gateway.auth.mode is none`,
            'oclaw config set gateway.auth.mode token',
          ),
    ]
  const token = secretText(f, 'gateway.auth.token') ?? f.env['OPENCLAW_GATEWAY_TOKEN']?.trim()
  return mode(f) === 'token' && token !== undefined && token.length < shortest
    ? [
        finding(
          'warn',
          'gateway.token_too_short',
          'The gateway token can be guessed',
          `it has ${token.length} characters; ${shortest} or more are safe`,
          'oclaw doctor --fix',
        ),
      ]
    : []
}

const limits: Look = (f) =>
  !local(f) && Number(said(f, 'gateway.auth.rateLimit.maxAttempts')) > 100
    ? [
        finding(
          'warn',
          'gateway.auth_no_rate_limit',
          'Guesses at the secret are hardly limited',
          `gateway.auth.rateLimit.maxAttempts is ${String(said(f, 'gateway.auth.rateLimit.maxAttempts'))}`,
          'oclaw config unset gateway.auth.rateLimit.maxAttempts',
        ),
      ]
    : []

const proxies: Look = (f) => {
  if (mode(f) !== 'trusted-proxy')
    return local(f) && said(f, 'gateway.controlUi.enabled') !== false && !words(f, 'gateway.trustedProxies').length
      ? [
          finding(
            'info',
            'gateway.trusted_proxies_missing',
            'No proxy is trusted',
            'behind a reverse proxy every caller looks local unless gateway.trustedProxies names the proxy',
          ),
        ]
      : []
  const found = [
    finding(
      'info',
      'gateway.trusted_proxy_auth',
      'A proxy says who callers are',
      'whoever reaches the port past the proxy can say so too; close it with a firewall',
    ),
  ]
  if (!words(f, 'gateway.trustedProxies').length)
    found.push(
      finding(
        'critical',
        'gateway.trusted_proxy_no_proxies',
        'No proxy is named',
        'gateway.auth.mode is trusted-proxy, but gateway.trustedProxies is empty',
      ),
    )
  if (!said(f, 'gateway.auth.trustedProxy.userHeader'))
    found.push(
      finding(
        'critical',
        'gateway.trusted_proxy_no_user_header',
        'No header names the user',
        'gateway.auth.trustedProxy.userHeader is not set',
      ),
    )
  if (!words(f, 'gateway.auth.trustedProxy.allowUsers').length)
    found.push(
      finding(
        'warn',
        'gateway.trusted_proxy_no_allowlist',
        'Everybody the proxy knows may come in',
        'gateway.auth.trustedProxy.allowUsers is empty',
      ),
    )
  return found
}

const endpoints: Look = (f) => {
  const on = ['chatCompletions', 'responses'].filter((e) => said(f, `gateway.http.endpoints.${e}.enabled`) === true)
  const found = on.length
    ? [
        finding(
          'info',
          'gateway.http.session_key_override_enabled',
          'HTTP callers may name a session',
          `${on.join(' and ')} take x-openclaw-session-key; whoever has the token reads and writes every session`,
        ),
      ]
    : []
  return mode(f) === 'none' && on.length
    ? [
        finding(
          'critical',
          'gateway.http.no_auth',
          'HTTP endpoints ask for no secret',
          `${on.join(' and ')} answer everybody`,
          'oclaw config set gateway.auth.mode token',
        ),
        ...found,
      ]
    : found
}

const dangerous = ['sessions_spawn', 'sessions_send', 'gateway', 'whatsapp_login', 'exec']

const tools: Look = (f) => {
  const allowed = words(f, 'gateway.tools.allow').filter((t) => dangerous.includes(t))
  return allowed.length
    ? [
        finding(
          local(f) ? 'warn' : 'critical',
          'gateway.tools_invoke_http.dangerous_allow',
          'HTTP callers may use dangerous tools',
          `gateway.tools.allow has ${allowed.join(', ')}`,
          'oclaw config unset gateway.tools.allow',
        ),
      ]
    : []
}

const tailscale: Look = (f) => {
  const how = said(f, 'gateway.tailscale.mode')
  if (how === 'funnel')
    return [
      finding(
        'critical',
        'gateway.tailscale_funnel',
        'The gateway is on the internet',
        'gateway.tailscale.mode is funnel; keep the password long, or use serve',
        'oclaw config set gateway.tailscale.mode serve',
      ),
    ]
  return how === 'serve'
    ? [
        finding(
          'info',
          'gateway.tailscale_serve',
          'The gateway is on your tailnet',
          'every device of the tailnet reaches it',
        ),
      ]
    : []
}

const ui: Look = (f) => [
  ...(said(f, 'gateway.controlUi.allowInsecureAuth') === true
    ? [
        finding(
          'critical',
          'gateway.control_ui.insecure_auth',
          'The Control UI takes the token alone',
          'gateway.controlUi.allowInsecureAuth is on',
          'oclaw config unset gateway.controlUi.allowInsecureAuth',
        ),
      ]
    : []),
  ...(said(f, 'gateway.controlUi.dangerouslyDisableDeviceAuth') === true
    ? [
        finding(
          'critical',
          'gateway.control_ui.device_auth_disabled',
          'The Control UI never asks for a device',
          'gateway.controlUi.dangerouslyDisableDeviceAuth is on',
          'oclaw config unset gateway.controlUi.dangerouslyDisableDeviceAuth',
        ),
      ]
    : []),
]

/** Names of commands are exact; a pattern denies nothing. */
const nodeCommands: Look = (f) => {
  const odd = words(f, 'gateway.nodes.denyCommands').filter((c) => !/^[a-z][\w.]*$/i.test(c))
  return odd.length
    ? [
        finding(
          'warn',
          'gateway.nodes.deny_commands_ineffective',
          'Denied commands that name nothing',
          `gateway.nodes.denyCommands has ${odd.join(', ')}; commands are denied by their exact names`,
        ),
      ]
    : []
}

const secrets: Look = (f) => [
  ...(writtenOut(f, 'gateway.auth.password')
    ? [
        finding(
          'warn',
          'config.secrets.gateway_password_in_config',
          'The password is in the config file',
          'keep it in OPENCLAW_GATEWAY_PASSWORD, or in a file the config names',
        ),
      ]
    : []),
  ...(writtenOut(f, 'hooks.token')
    ? [
        finding(
          'info',
          'config.secrets.hooks_token_in_config',
          'The token of hooks is in the config file',
          'it can be a reference: ${HOOKS_TOKEN}',
        ),
      ]
    : []),
]

const probed: Look = ({ probe }) =>
  probe && !probe.ok
    ? [
        finding(
          'warn',
          'gateway.probe_failed',
          'The gateway could not be asked',
          `${probe.url}: ${probe.error ?? 'no answer'}`,
          'oclaw gateway start',
        ),
      ]
    : []

export const gatewayLooks: readonly Look[] = [
  access,
  limits,
  proxies,
  endpoints,
  tools,
  tailscale,
  ui,
  nodeCommands,
  secrets,
  probed,
]
