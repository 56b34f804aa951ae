// Finds a Chromium on this machine: Chrome, Chromium, Brave or Edge, whichever is there first.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'

/** A browser that can be started. */
export interface Executable {
  readonly kind: 'chrome' | 'brave' | 'edge' | 'chromium' | 'canary' | 'custom'
  readonly path: string
}

const onLinux: readonly (readonly [Executable['kind'], string])[] = [
  ['chrome', 'google-chrome'],
  ['chrome', 'google-chrome-stable'],
  ['chromium', 'chromium'],
  ['chromium', 'chromium-browser'],
  ['brave', 'brave-browser'],
  ['brave', 'brave'],
  ['edge', 'microsoft-edge'],
]

const onMac: readonly (readonly [Executable['kind'], string])[] = [
  ['chrome', 'Google Chrome'],
  ['brave', 'Brave Browser'],
  ['edge', 'Microsoft Edge'],
  ['chromium', 'Chromium'],
  ['canary', 'Google Chrome Canary'],
]

const onWindows: readonly (readonly [Executable['kind'], string])[] = [
  ['chrome', 'Google\\Chrome\\Application\\chrome.exe'],
  ['edge', 'Microsoft\\Edge\\Application\\msedge.exe'],
  ['brave', 'BraveSoftware\\Brave-Browser\\Application\\brave.exe'],
  ['chromium', 'Chromium\\Application\\chrome.exe'],
]

/** Every place a browser may be, the likeliest first. */
function candidates(): (readonly [Executable['kind'], string])[] {
  if (process.platform === 'darwin')
    return onMac.flatMap(([kind, name]) =>
      ['/Applications', join(homedir(), 'Applications')].map(
        (at) => [kind, join(at, `${name}.app`, 'Contents', 'MacOS', name)] as const,
      ),
    )
  if (process.platform === 'win32') {
    const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? [])
    return onWindows.flatMap(([kind, path]) => roots.map((root) => [kind, join(root, path)] as const))
  }
  return onLinux.flatMap(([kind, name]) => {
    const path = Bun.which(name) ?? (name === 'chromium' ? '/snap/bin/chromium' : undefined)
    return path === undefined ? [] : [[kind, path] as const]
  })
}

/** The browser to start: the one that is set, or the first that is installed. Throws NOT_FOUND when there is none. */
export function findExecutable(set: string | undefined): Executable {
  if (set !== undefined) {
    if (existsSync(set)) return { kind: 'custom', path: set }
    throw new Fault(
      'NOT_FOUND',
      `browser.executablePath is ${set}, and there is no such program; \`oclaw config unset browser.executablePath\` looks for one`,
    )
  }
  const found = candidates().find(([, path]) => existsSync(path))
  if (found) return { kind: found[0], path: found[1] }
  throw new Fault(
    'NOT_FOUND',
    'no Chrome, Chromium, Brave or Edge was found; install one (on Debian: apt install chromium), or say where it is: `oclaw config set browser.executablePath <path>`',
  )
}
