// A gateway with nothing to do writes nothing: SD cards wear out by writing.
import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway } from './harness.ts'
import { until } from './program.ts'

/** How long it is watched, in seconds. */
const seconds = Number(process.env['OCLAW_IDLE_SECONDS'] ?? 5)

/** Bytes a process has had written to a disk. */
const written = (pid: number) => Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])

/** When each file below a folder was last changed. */
const changes = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .map((path) => [path, statSync(path).mtimeMs]),
  )

test(
  `with three channels and a session, nothing is written in ${seconds} s`,
  async () => {
    await using tg = await fakeTelegram()
    await using dc = await fakeDiscord()
    await using sl = await fakeSlack()
    const channels = {
      telegram: { botToken: tg.token, apiRoot: tg.url },
      discord: { token: dc.token, apiRoot: dc.url },
      slack: { botToken: sl.tokens.bot, appToken: sl.tokens.app, apiRoot: sl.url },
    }
    await using gw = await gateway({ config: { channels, gateway: { reload: { probationMs: 1000 } } } })
    await gw.ask('hello')
    let [last, at] = [written(gw.pid), performance.now()]
    await until('it to be at rest', () => {
      const now = written(gw.pid)
      if (now !== last) [last, at] = [now, performance.now()]
      return performance.now() - at > 4000
    })
    const before = changes(gw.state.path)
    const strace = existsSync('/usr/bin/strace')
    const calls =
      'trace=write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,ftruncate'
    const watching = strace
      ? Bun.spawn(['timeout', String(seconds), 'strace', '-f', '-y', '-e', calls, '-p', String(gw.pid)], {
          stdio: ['ignore', 'ignore', 'pipe'],
        })
      : undefined
    const heard = watching ? new Response(watching.stderr).text() : Promise.resolve('')
    await (watching?.exited ?? Bun.sleep(seconds * 1000))
    const said = await heard
    if (strace) expect(said).toContain('attached')
    const files = said
      .split('\n')
      .filter((line) => line.includes(gw.state.path) || /<\/(?!dev\/|proc\/)[^>]*>/.test(line))
    expect({ files, bytes: written(gw.pid) - last }).toEqual({ files: [], bytes: 0 })
    expect(changes(gw.state.path)).toEqual(before)
  },
  (seconds + 60) * 1000,
)
