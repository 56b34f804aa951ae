// Other processes: whether they live, who listens on a port, and ending one.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Clock } from '../lib/clock.ts'

/** Whether a process is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Socket inodes that listen on a TCP port, from /proc (Linux). */
function listeners(port: number): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const out = new Set<string>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    try {
      for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
        const f = line.trim().split(/\s+/)
        if (f[3] === '0A' && f[1]?.endsWith(`:${hex}`) && f[9]) out.add(f[9])
      }
    } catch {
      continue // not Linux, or no IPv6
    }
  }
  return out
}

/** Processes of this user that listen on a TCP port; empty where the system does not say. */
export function listenersOf(port: number): number[] {
  const wanted = listeners(port)
  if (!wanted.size) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some((fd) => {
          const m = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
          return m?.[1] !== undefined && wanted.has(m[1])
        })
      } catch {
        return false // another user's, or gone
      }
    })
    .map(Number)
}

/** Ends a process: asks, waits up to 2 s, then forces it. Resolves with whether it is gone. */
export async function endProcess(pid: number, clock: Clock): Promise<boolean> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return !alive(pid)
    }
    for (let i = 0; i < 40 && alive(pid); i++) await clock.sleep(50)
    if (!alive(pid)) return true
  }
  return !alive(pid)
}
