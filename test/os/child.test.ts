// Real processes: they end when told, whatever they and their children do.
import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { childEnv, spawner } from '../../src/os/child.ts'
import { systemClock } from '../../src/lib/clock.ts'

const spawn = spawner(systemClock)
const env = childEnv(process.env)
const run = (
  script: string,
  more: { signal?: AbortSignal; timeoutMs?: number; maxBytes?: number; heard?: (s: string) => void } = {},
) =>
  spawn(['/bin/sh', '-c', script], {
    cwd: '/tmp',
    env,
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    maxBytes: 10_000,
    ...more,
  })

/** Whether a process runs; one that waits to be collected does not. */
const alive = (pid: number) =>
  /^(?!.*\) Z )./.test(spawnSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' }).stdout)

/** Runs a script and aborts once it has said something; answers the result, what was said, and how long it took to end. */
async function abortOnceHeard(script: string) {
  const stop = new AbortController()
  let said = ''
  let at = 0
  const result = await run(script, {
    signal: stop.signal,
    heard(chunk) {
      said += chunk
      at ||= performance.now()
      stop.abort(new Error('enough'))
    },
  })
  return { result, said: said.trim(), tookMs: performance.now() - at }
}

describe('a child process', () => {
  test('says what it said, on both pipes, and how it ended', async () => {
    const r = await run('echo out; echo err >&2; exit 3')
    expect(r).toMatchObject({ code: 3, signal: null, timedOut: false })
    expect(r.output.split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  test('gets no secrets of ours, and no loader options', async () => {
    const given = childEnv({
      PATH: '/bin:/usr/bin',
      OPENAI_API_KEY: 'x',
      LD_PRELOAD: 'y',
      NODE_OPTIONS: 'z',
      LC_ALL: 'C',
    })
    expect(given).toEqual({ PATH: '/bin:/usr/bin', LC_ALL: 'C' })
  })

  test('that traps TERM is killed within a second', async () => {
    const { result, tookMs } = await abortOnceHeard("trap '' TERM; echo up; while :; do sleep 0.1; done")
    expect(result.signal).toBe('SIGKILL')
    expect(tookMs).toBeGreaterThan(500)
    expect(tookMs).toBeLessThan(2000)
  })

  test('that obeys TERM ends at once, and its children with it', async () => {
    const { result, said, tookMs } = await abortOnceHeard('sleep 60 & echo $!; wait')
    expect(result.signal).toBe('SIGTERM')
    expect(tookMs).toBeLessThan(700)
    while (alive(Number(said))) await Bun.sleep(1)
    expect(alive(Number(said))).toBe(false)
  })

  test('is over although a grandchild outside its group holds the output and ignores TERM', async () => {
    const script = `setsid sh -c "trap '' TERM; echo \\$\\$; sleep 60" & wait`
    const { said, tookMs } = await abortOnceHeard(script)
    expect(tookMs).toBeLessThan(2000)
    process.kill(Number(said), 'SIGKILL')
  })

  test('that exits leaves nothing behind', async () => {
    const before = performance.now()
    const r = await run('sh -c "trap \'\' TERM; sleep 60" & echo $!; exit 0')
    expect(r.code).toBe(0)
    expect(performance.now() - before).toBeLessThan(1500)
    const pid = Number(r.output)
    while (alive(pid)) await Bun.sleep(1)
    expect(alive(pid)).toBe(false)
  })

  test('has a time limit', async () => {
    const r = await run('echo started; sleep 60', { timeoutMs: 200 })
    expect(r).toMatchObject({ timedOut: true, signal: 'SIGTERM' })
    expect(r.output).toContain('started')
  })

  test('that talks too much is cut in the middle', async () => {
    const r = await run('echo first; yes é | head -c 99999; echo last', { maxBytes: 1000 })
    expect(r.output).toMatch(/^first\n/)
    expect(r.output).toMatch(/\[… \d+ bytes left out …\]/)
    expect(r.output.endsWith('last\n')).toBe(true)
    expect(new TextEncoder().encode(r.output).length).toBeLessThan(1100)
    expect(r.output).not.toContain('\uFFFD')
  })

  test('that does not exist is a fault with its name', async () => {
    const none = spawn(['no-such-program-here'], {
      cwd: '/tmp',
      env,
      signal: new AbortController().signal,
      timeoutMs: 1000,
      maxBytes: 10,
    })
    expect(none).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('no-such-program-here') })
  })
})
