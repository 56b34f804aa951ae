// The `gateway` section: where the server listens, who may call it, and what it offers over HTTP.
import { z } from 'zod'
import { secret } from '../../lib/secret.ts'
import {
  aboveZeroOr,
  flag,
  group,
  hidden,
  intOr,
  maybe,
  no,
  text,
  textList,
  textOr,
  texts,
  word,
  wordOr,
  yes,
} from '../fields.ts'
import { asRecord, section, salvage } from '../section.ts'
import type { Flaw } from '../section.ts'

const auth = z
  .strictObject({
    mode: word(['none', 'token', 'password', 'trusted-proxy'], 'how callers prove who they are'),
    token: hidden('the shared token; made at the first start when token mode has none'),
    password: hidden('the shared password'),
    allowTailscale: flag('accept the identity `tailscale serve` vouches for'),
    rateLimit: group('how many wrong tries one address has', {
      maxAttempts: aboveZeroOr(10, 'wrong tries in a window before the address is locked out'),
      windowMs: aboveZeroOr(60_000, 'length of the window, in ms'),
      lockoutMs: aboveZeroOr(300_000, 'how long the address stays locked out, in ms'),
      exemptLoopback: yes('never lock out this host itself'),
    }),
    trustedProxy: maybe('for trusted-proxy mode: what the proxy says about the user', {
      userHeader: z.string().min(1).describe('header with the user name'),
      requiredHeaders: textList('headers that must be there too'),
      allowUsers: textList('users who may come in; empty for all'),
    }),
  })
  .transform((a) => ({ ...a, mode: a.mode ?? (a.password && !a.token ? ('password' as const) : ('token' as const)) }))
  .prefault({})
  .describe('who may call the gateway')

const urlInput = {
  allowUrl: yes('whether inputs may be given by address'),
  urlAllowlist: texts('hosts inputs may come from; all public ones when left out'),
}

const http = group('HTTP endpoints besides the UI', {
  endpoints: group('which endpoints answer', {
    chatCompletions: group('POST /v1/chat/completions', { enabled: no('answer it') }),
    responses: group('POST /v1/responses', {
      enabled: no('answer it'),
      maxBodyBytes: intOr(20_971_520, 1, 'largest body, in bytes'),
      maxUrlParts: intOr(8, 0, 'most inputs given by address'),
      files: group('files in a request', {
        ...urlInput,
        allowedMimes: textList('kinds of file taken', [
          'text/plain',
          'text/markdown',
          'text/html',
          'text/csv',
          'application/json',
          'application/pdf',
        ]),
        maxBytes: intOr(5_242_880, 1, 'largest file, in bytes'),
        maxChars: intOr(200_000, 1, 'most characters shown to the model'),
        maxRedirects: intOr(3, 0, 'most redirects followed'),
        timeoutMs: intOr(10_000, 1, 'longest fetch, in ms'),
        pdf: group('PDF files', {
          maxPages: intOr(4, 1, 'most pages read'),
          maxPixels: intOr(4_000_000, 1, 'largest page image, in pixels'),
          minTextChars: intOr(200, 0, 'pages with less text are shown as images'),
        }),
      }),
      images: group('images in a request', {
        ...urlInput,
        allowedMimes: textList('kinds of image taken', ['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
        maxBytes: intOr(10_485_760, 1, 'largest image, in bytes'),
        maxRedirects: intOr(3, 0, 'most redirects followed'),
        timeoutMs: intOr(10_000, 1, 'longest fetch, in ms'),
      }),
    }),
  }),
})

const remote = maybe('for mode remote: the gateway this host is a client of', {
  url: text('its address, ws:// or wss://'),
  transport: wordOr('ssh', ['ssh', 'direct'], 'through an SSH tunnel, or straight'),
  token: hidden('its token'),
  password: hidden('its password'),
  tlsFingerprint: text('SHA-256 of its certificate'),
  sshTarget: text('user@host[:port] for the tunnel'),
  sshIdentity: text('key file for the tunnel'),
})

const schema = group('the server', {
  mode: word(['local', 'remote'], 'run a gateway here, or be a client of one elsewhere; local when left out'),
  port: intOr(18_789, 1, 'port of WebSocket and HTTP', 65_535),
  bind: wordOr('loopback', ['auto', 'lan', 'loopback', 'custom', 'tailnet'], 'which addresses to listen on'),
  customBindHost: z
    .union([z.ipv4(), z.ipv6()], { error: 'expected an IPv4 or IPv6 address' })
    .optional()
    .describe('address to listen on when bind is custom'),
  auth,
  trustedProxies: textList('addresses or CIDRs whose forwarding headers are believed'),
  tailscale: group('reachability through Tailscale', {
    mode: wordOr('off', ['off', 'serve', 'funnel'], 'for the tailnet, or for everyone; needs bind loopback'),
    resetOnExit: no('undo it at shutdown'),
  }),
  controlUi: group('the web UI', {
    enabled: yes('serve it'),
    basePath: textOr('', 'path it lives under'),
    root: text('folder to serve instead of the built-in UI'),
    allowedOrigins: textList('further browser origins that may connect'),
    allowInsecureAuth: no('accept the token without a device identity'),
    dangerouslyDisableDeviceAuth: no('never ask the UI for a device identity'),
  }),
  remote,
  reload: group('what happens when the config changes', {
    mode: wordOr('hybrid', ['off', 'restart', 'hot', 'hybrid'], 'apply live, by restart, as needed, or not at all'),
    debounceMs: intOr(300, 0, 'how long the file must be quiet, in ms'),
    probationMs: intOr(60_000, 0, 'how long a change is on trial before it counts as good, in ms; 0 for not at all'),
  }),
  tls: z
    .looseObject({
      enabled: no('serve https and wss'),
      autoGenerate: yes('make a self-signed certificate when there is none'),
      certPath: text('certificate file (PEM)'),
      keyPath: text('key file (PEM)'),
      caPath: text('authorities that sign client certificates (PEM)'),
    })
    .prefault({})
    .describe('encryption'),
  http,
  tools: group('which tools POST /tools/invoke may run', {
    allow: texts('tools taken off the built-in deny list'),
    deny: texts('further tools it may not run'),
  }),
  nodes: group('paired nodes', {
    browser: group('browsers on nodes', {
      mode: wordOr('auto', ['auto', 'manual', 'off'], 'use the one that is there, a named one, or none'),
      node: text('the node whose browser to use'),
    }),
    allowCommands: texts('further commands nodes may be sent'),
    denyCommands: texts('commands nodes may not be sent'),
  }),
  channelHealthCheckMinutes: intOr(5, 0, 'minutes between health checks of channels; 0 for none'),
})

/** Access that is surely closed: a token or password that is right is kept; else token mode, which makes a token. */
function closedAuth(value: unknown, flaws: readonly Flaw[]) {
  const given = asRecord(value)
  const sound = (key: string) =>
    !flaws.some((f) => f.at[0] === 'auth' && f.at[1] === key) && secret().safeParse(given[key]).success
  const rest = { allowTailscale: false }
  const password = { ...rest, mode: 'password', password: given['password'] }
  if (given['mode'] === 'password' && sound('password')) return password
  if (sound('token')) return { ...rest, mode: 'token', token: given['token'] }
  return sound('password') ? password : { ...rest, mode: 'token' }
}

/** Keeps what is right, and never lets a gateway that was not fully understood be reached from other hosts. */
function whenInvalid(value: unknown, flaws: readonly Flaw[]): unknown {
  const kept = asRecord(salvage(value, flaws))
  const broken = flaws.some((f) => f.at.length === 0 || f.at[0] === 'auth')
  return {
    ...kept,
    bind: 'loopback',
    tailscale: { mode: 'off' },
    ...(broken ? { auth: closedAuth(asRecord(value)['auth'], flaws) } : {}),
  }
}

export const gateway = section('gateway', schema, whenInvalid)
