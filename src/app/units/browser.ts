// The unit that keeps the browsers: it starts none by itself, and ends all of them with the gateway or a changed config.
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { logOf } from '../../lib/log.ts'
import { once } from '../../lib/once.ts'
import type { Unit } from '../../lib/supervisor.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import type { BrowserControl, BrowserSettings } from '../../define/browser.ts'
import { browserSettings } from '../../os/browser/settings.ts'
import { lookupAll } from '../../os/dns.ts'
import type { Listening } from '../../server/listen.ts'
import type { Config } from '../catalog.ts'

/** What it is made of. */
export interface BrowserParts {
  readonly clock: Clock
  readonly paths: Paths
  config(): Config
  env(): Env
  http(): Listening | undefined
}

/** The settings a config means. */
export const settingsOf = (b: Config['browser'], port: number, home: string): BrowserSettings =>
  browserSettings({ ...b, executablePath: b.executablePath && expandHome(b.executablePath, home) }, port)

/** The control operations use, and the unit behind it. */
export function browserPart(p: BrowserParts): { readonly control: BrowserControl; units(): Unit[] } {
  let live: BrowserControl | undefined
  return {
    control: {
      async call(call) {
        if (live) return live.call(call)
        throw new Fault(
          'UNAVAILABLE',
          'browser control is disabled; `oclaw config set browser.enabled true` enables it',
        )
      },
    },
    units() {
      const { browser, gateway } = p.config()
      if (!browser.enabled || p.env()['OPENCLAW_SKIP_BROWSER_CONTROL_SERVER'] === '1') return []
      return [
        {
          key: 'browser',
          needs: ['http'],
          fingerprint: JSON.stringify([browser, gateway.port]),
          start(scope) {
            const port = gateway.port ? (p.http()?.port ?? gateway.port) : 0
            const made = once(async () => {
              const [{ browsers }, { answer }] = await Promise.all([
                import('../../os/browser/control.ts'),
                import('../../os/browser/routes.ts'),
              ])
              const all = browsers({
                clock: p.clock,
                log: logOf('browser'),
                settings: settingsOf(browser, port, p.paths.home),
                dir: join(p.paths.stateDir, 'browser'),
                lookup: lookupAll,
                signal: scope.signal,
              })
              scope.defer('browsers', () => all.close())
              return { all, answer }
            })
            const own: BrowserControl = {
              async call(call) {
                const { all, answer } = await made()
                return answer(all, call)
              },
            }
            live = own
            scope.defer('browser control', () => {
              if (live === own) live = undefined
            })
            return Promise.resolve()
          },
        },
      ]
    },
  }
}
