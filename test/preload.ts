// Runs before every test: no keys, no home of the person who runs it, and no network beyond loopback.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How much the end-to-end tests try, and with which luck. */
const ours =
  /^OCLAW_(KILLS|CONFIGS|SEED|MESSAGES|CHATS|UPDATE_KILLS|ROLLBACK_KILLS|IDLE_SECONDS|BAD_CHANGES|CRON_YEARS|JOBS|HOOKS|FULL)$/

for (const name of Object.keys(process.env))
  if (!ours.test(name) && /_(API_)?KEYS?$|TOKEN|SECRET|PASSWORD|^(OPENCLAW|CLAWDBOT|OCLAW)_/i.test(name))
    delete process.env[name]
process.env['HOME'] = mkdtempSync(join(tmpdir(), 'oclaw-home-'))

const realFetch = globalThis.fetch
const local = /^(127\.|0\.0\.0\.0$|localhost$|\[::1\]$|::1$)/

globalThis.fetch = Object.assign(
  (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : String(input), 'http://localhost')
    if (url.protocol.startsWith('http') && !local.test(url.hostname))
      throw new Error(`a test tried to reach ${url.host}; only loopback is allowed`)
    return realFetch(input, init)
  },
  { preconnect: realFetch.preconnect },
)
