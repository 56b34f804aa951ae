// A gateway looks for newer versions of itself: told once, kept, and nothing where there is no source.
import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GatewayEvent } from '../../src/domain/agent-event.ts'
import { bus } from '../../src/lib/bus.ts'
import { testClock } from '../../src/lib/clock.ts'
import { paths } from '../../src/config/paths.ts'
import { strictWire } from '../../src/server/wire-strict.ts'
import { updateControl } from '../../src/app/updates.ts'
import { releaseOf } from '../e2e/newer.ts'

const day = 86_400_000

test('what is newer is told once, by day, as the config wants it', async () => {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-updates-'))
  const stop = new AbortController()
  try {
    const program = join(top, 'program')
    writeFileSync(program, '#!/bin/sh\n')
    const release = join(top, 'release')
    const env = { OPENCLAW_UPDATE_URL: release, OPENCLAW_UPDATE_KEY: '' }
    const clock = testClock(1)
    const news = bus<GatewayEvent>(() => undefined)
    const heard: GatewayEvent[] = []
    news.listen((n) => void heard.push(n))
    const lines: string[] = []
    const log = new Proxy({}, { get: () => (text: string) => void lines.push(text) }) as never
    let checks = true
    const at = paths({ HOME: top }, {}, { home: top, exists: existsSync })
    const control = updateControl({
      clock,
      log,
      news,
      env,
      paths: at,
      signal: stop.signal,
      said: () => ({ checkOnStart: checks }),
    })
    const next = async (key: string | undefined, ms: number, ready: () => boolean) => {
      if (key !== undefined) env.OPENCLAW_UPDATE_KEY = key
      await clock.advance(ms)
      for (let i = 0; i < 2000 && !ready(); i++) await new Promise((resolve) => setImmediate(resolve))
    }
    await next(undefined, 60_000, () => lines.length > 0)
    expect([control.latest(), heard]).toEqual([undefined, []]) // there is no release yet
    lines.length = 0
    await next(await releaseOf(release, program, '2099.1.1'), day, () => heard.length > 0)
    expect(control.latest()).toBe('2099.1.1')
    const wire = heard.flatMap(strictWire({ health: () => ({}), presence: () => [], now: () => 0 }))
    expect(wire).toEqual([
      expect.objectContaining({
        name: 'update.available',
        data: { updateAvailable: { currentVersion: expect.any(String), latestVersion: '2099.1.1', channel: 'stable' } },
      }),
    ])
    await next(undefined, day, () => false)
    expect(heard).toHaveLength(1) // the same again
    checks = false
    await next(await releaseOf(release, program, '2099.2.1'), day, () => false)
    expect(control.latest()).toBe('2099.1.1')
    writeFileSync(join(release, 'manifest.json'), '{}')
    checks = true
  } finally {
    stop.abort()
    rmSync(top, { recursive: true, force: true })
  }
})
