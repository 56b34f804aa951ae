// The set-up at a real terminal, left at every single question and gone on with, until the model has answered.
import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { fakeOpenai } from '../fakes/openai.ts'
import { built, folder, run, until } from './program.ts'
import { terminal } from './terminal.ts'

const state = folder()
afterAll(() => state[Symbol.dispose]())
const env = { PATH: '/usr/bin:/bin', HOME: state.path, OPENCLAW_STATE_DIR: state.path, NO_COLOR: '1', TERM: 'xterm' }

type Terminal = ReturnType<typeof terminal>

/** The question that waits: the last one that is marked as such and not answered yet. */
function waiting(t: Terminal): string | undefined {
  const lines = t.screen().split('\n')
  const at = lines.findLastIndex((line) => /^[◆▲] {2}\S/.test(line))
  if (at < 0 || lines.slice(at + 1).some((line) => /^[◇■] {2}\S/.test(line))) return undefined
  return lines[at]?.slice(1).trim()
}

test.if(existsSync('/usr/bin/tmux'))(
  'left at every question, it goes on where it was, and nothing that was answered is asked again',
  async () => {
    await using model = fakeOpenai({ reply: () => 'Hello, I am here.' })
    const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const port = String(free.port)
    await free.stop(true)
    const typed = (text: string) => (t: Terminal) => {
      t.press('C-u')
      t.type(text)
      t.press('Enter')
    }
    const enter = (t: Terminal) => t.press('Enter')
    const answers: readonly (readonly [string, (t: Terminal) => void])[] = [
      ['Go on?', (t) => t.press('Left', 'Enter')],
      ['Go on where you stopped the last time?', enter],
      ['Where does the gateway run?', enter],
      ['How thorough?', (t) => t.press('Down', 'Enter')],
      ['Where are your models?', (t) => t.press('Up', 'Up', 'Enter')],
      ['Its address', typed(model.url)],
      ['It speaks like', enter],
      ['The name of its model', typed('m')],
      ['Its key', typed('sk-test')],
      ['Port', typed(port)],
      ['Reach it from elsewhere through Tailscale?', enter],
      ['Who can reach it?', enter],
      ['How do callers prove themselves?', enter],
      ['Which chat shall reach your assistant?', (t) => t.press('Up', 'Enter')],
      ['The agent’s folder', enter],
      ['Who searches the web for your assistant?', enter],
      ['May it read web pages?', enter],
      ['Shall something run by itself', enter],
    ]
    const left = new Set<string>()
    let end = ''
    let modelDone = false
    for (let round = 0; round < 30 && !end; round++) {
      using t = terminal([built(), 'onboard', '--flow', 'manual', '--no-install-daemon'], state.path, env)
      const seen = new Set<string>()
      const before = modelDone
      for (;;) {
        const next = await until('a question or the end', () => {
          if (t.screen().includes('ended with')) return 'ended'
          const now = waiting(t)
          return now !== undefined && !seen.has(now) ? now : undefined
        })
        if (next === 'ended') {
          end = t.screen()
          break
        }
        seen.add(next)
        modelDone ||= next === 'Port'
        const answer = answers.find(([question]) => next.startsWith(question))
        if (!answer) throw new Error(`nobody knows what to say to "${next}":\n${t.screen()}`)
        if (before) expect(next).not.toMatch(/^(Where are your models|Its |The name of its model)/)
        if (!left.has(answer[0])) {
          left.add(answer[0])
          t.press('C-c')
          await t.shows('ended with 1')
          break
        }
        answer[1](t)
      }
    }
    expect(left.size).toBeGreaterThanOrEqual(12)
    expect(end).toContain('All is set up.')
    expect(end).toContain('Hello, I am here.')
    expect(end).toContain('ended with 0')
    const said = run(state.path, ['agent', '-m', 'hello'], { env })
    expect([await said.exited, said.output]).toEqual([0, expect.stringContaining('Hello, I am here.')])
    expect(await run(state.path, ['gateway', 'stop'], { env }).exited).toBe(0)
  },
  180_000,
)
