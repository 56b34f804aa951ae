// The set-up as a person does it, at a real terminal: from nothing to an answer, stopped in the middle and gone on with.
import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { fakeOpenai } from '../fakes/openai.ts'
import { built, folder, run } from './program.ts'
import { terminal } from './terminal.ts'

const state = folder()
afterAll(() => state[Symbol.dispose]())

const env = { PATH: '/usr/bin:/bin', HOME: state.path, OPENCLAW_STATE_DIR: state.path, NO_COLOR: '1', TERM: 'xterm' }
const wizard = (...args: string[]) => terminal([built(), ...args], state.path, env)

test.if(existsSync('/usr/bin/tmux'))(
  'from nothing to a model’s reply, interrupted at every step',
  async () => {
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    const port = String(server.port)
    await server.stop(true)
    await using model = fakeOpenai({ reply: () => 'Hello, I am your assistant.' })
    const questions = ['Where does the gateway run?', 'How thorough?', 'Where are your models?']
    for (const last of questions) {
      using t = wizard('onboard', '--accept-risk')
      for (const question of questions) {
        await t.shows(question)
        t.press(question === last ? 'C-c' : 'Enter')
        if (question === last) break
      }
      await t.shows('ended with 1')
    }
    {
      using t = wizard('onboard')
      await t.shows('Go on?')
      t.press('Left', 'Enter')
      await t.shows('Where does the gateway run?')
      t.press('Enter')
      await t.shows('How thorough?')
      t.press('Down', 'Enter')
      await t.shows('Where are your models?')
      t.press('Up', 'Up', 'Enter') // the list goes round: the last but one
      await t.shows('Its address')
      t.type(model.url)
      t.press('Enter')
      await t.shows('It speaks like')
      t.press('Enter')
      await t.shows('The name of its model')
      t.type('m')
      t.press('Enter')
      await t.shows('Its key')
      t.type('sk-test')
      t.press('Enter')
      const asked = await t.shows('Hello, I am your assistant.')
      expect(asked).not.toContain('sk-test')
      await t.shows('Port')
      t.press('C-c')
      await t.shows('stopped; go on where you were with `oclaw onboard`')
      await t.shows('ended with 1')
    }
    expect(JSON.parse(state.read('onboard.json'))).toEqual({ version: 1, done: ['model'] })
    {
      using t = wizard('onboard', '--accept-risk', '--flow', 'manual')
      await t.shows('Go on where you stopped the last time?')
      t.press('Enter')
      await t.shows('Port')
      t.press('C-u')
      t.type(port)
      t.press('Enter')
      await t.shows('through Tailscale?')
      t.press('Enter')
      await t.shows('Who can reach it?')
      t.press('Enter')
      await t.shows('How do callers prove themselves?')
      t.press('Enter')
      await t.shows('Which chat shall reach your assistant?')
      t.press('C-c')
      await t.shows('ended with 1')
    }
    expect(JSON.parse(state.read('onboard.json'))).toEqual({ version: 1, done: ['model', 'gateway'] })
    {
      using t = wizard('onboard', '--accept-risk', '--flow', 'manual')
      await t.shows('Go on where you stopped the last time?')
      t.press('Enter')
      await t.shows('Which chat shall reach your assistant?')
      t.press('Enter')
      await t.shows('Telegram: Bot token')
      t.type('nonsense')
      t.press('Enter')
      t.press('C-c')
      await t.shows('ended with 1')
    }
    {
      using t = wizard('onboard', '--accept-risk', '--flow', 'manual')
      await t.shows('Go on where you stopped the last time?')
      t.press('Enter')
      await t.shows('Which chat shall reach your assistant?')
      t.press('Up', 'Enter')
      await t.shows('The agent’s folder')
      t.press('Enter')
      await t.shows('Who searches the web')
      t.press('Enter')
      await t.shows('May it read web pages?')
      t.press('Enter')
      await t.shows('Shall something run by itself')
      t.press('Enter')
      const end = await t.shows('ended with')
      expect(end).toContain('/m says')
      expect(end).toContain(`http://127.0.0.1:${port}/#ticket=`)
      expect(end).toContain(`ssh -N -L ${port}:127.0.0.1:${port}`)
      expect(end).toContain('All is set up.')
      expect(end).toContain('ended with 0')
    }
    expect(Bun.JSON5.parse(state.read('openclaw.json'))).toMatchObject({
      gateway: { port: Number(port), bind: 'loopback', mode: 'local' },
    })
    const health = run(state.path, ['agent', '-m', 'hello'], { env })
    expect([await health.exited, health.output]).toEqual([0, expect.stringContaining('Hello, I am your assistant.')])
    expect(await run(state.path, ['gateway', 'stop'], { env }).exited).toBe(0)
  },
  60_000,
)
