// Every page does what it says: things are made, changed and taken back in a real browser, and seen to be so.
import { afterAll, beforeAll, expect } from 'bun:test'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../e2e/program.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { able, rig, slow, ui, type Rig } from './rig.ts'

let r: Rig
let telegram: Awaited<ReturnType<typeof fakeTelegram>>

beforeAll(async () => {
  if (!able) return
  telegram = await fakeTelegram()
  r = await rig({ config: { channels: { telegram: { enabled: false, apiRoot: telegram.url } } } })
  await r.gw.ask('the blue kettle is on the shelf')
  await r.gw.call('agent', { message: 'about trains', sessionKey: 'trains', wait: true })
  await r.open()
}, slow)
afterAll(async () => {
  await r?.[Symbol.asyncDispose]()
  await telegram?.[Symbol.asyncDispose]()
})

ui(
  'sessions are found by what was said, named, deleted and taken back',
  async () => {
    const { page } = r
    await r.visit('sessions')
    await page.shows(/about trains/)
    await page.fill('[data-search]', 'kettle shelf')
    await page.shows(/Said in sessions[\s\S]*the blue kettle is on the shelf/)
    await page.fill('[data-search]', '')
    await page.until('the row', `document.querySelector('a[href$="session=agent%3Amain%3Atrains"]') !== null`)
    const row = `tr:has(a[href$="session=agent%3Amain%3Atrains"])`
    await page.click(`${row} button[aria-label="Change its settings"]`)
    await page.write('Label', 'Railways', 'dialog')
    await page.choose('Save', 'dialog')
    await page.shows(/Railways/)
    expect((await r.gw.call('sessions.resolve', { label: 'Railways' }))['key']).toBe('agent:main:trains')
    await page.click(`${row} button[aria-label="Preview"]`)
    await page.shows(/You said: about trains/)
    await page.press('Escape')
    await page.click(`${row} button[aria-label="Delete"]`)
    await page.until('no such row', `document.querySelector('${row.replaceAll("'", "\\'")}') === null`)
    await page.choose('Undo', '.toasts')
    await page.until('the row again', `document.querySelector('${row.replaceAll("'", "\\'")}') !== null`)
    await page.click(`${row} button[aria-label="Export, condense, start anew"]`)
    await page.choose('Start anew', 'dialog')
    await page.shows(/begins from nothing/)
    await page.choose('Start anew', 'dialog')
    await page.shows(/It is new/)
  },
  slow,
)

ui(
  'a channel is set up by its own questions, a stranger is let in, and a test message arrives',
  async () => {
    const { page } = r
    await r.visit('channels')
    await page.choose('Add a channel')
    await page.click('dialog li button')
    await page.shows(/Set up Telegram/)
    await page.fill('dialog input[type=password]', telegram.token)
    await page.choose('Set it up', 'dialog')
    await page.shows(/Telegram\s+default[\s\S]*Connected/)
    const ann = telegram.user('Ann')
    ann.says('hello there')
    await page.shows(/Ann[\s\S]*code \w{8}/)
    await page.choose('Let in')
    await page.shows(/Ann may write now/)
    await page.choose('Test message')
    await page.fill('dialog input', ann.id)
    await page.choose('Send', 'dialog')
    await telegram.until('the message', () => telegram.sent.some((m) => m.text === 'A test message from oclaw.'))
    await page.choose('Stop')
    await page.shows(/Stopped/)
    await page.choose('Start')
    await page.shows(/Connected/)
  },
  slow,
)

ui(
  'a message that could not be delivered is shown, and sent again or put away',
  async () => {
    const { page, gw } = r
    const send = (message: string) =>
      gw.call('send', { channel: 'telegram', to: telegram.user('Ann').id, message, idempotencyKey: message })
    telegram.fail({ method: 'sendMessage', times: 2, status: 400, description: 'Bad Request: message is refused' })
    await Promise.allSettled([send('first try'), send('second try')])
    await r.visit('')
    await page.shows(/first try[\s\S]*second try|second try[\s\S]*first try/)
    await page.click('.rows li:has(.cut) .button')
    await page.shows(/On its way again/)
    await page.until('one left', `document.querySelectorAll('.rows li:has(.cut) .button.ghost').length === 1`)
    await page.choose('Dismiss')
    await page.shows(/Every message was delivered/)
    await telegram.until('one of them', () => telegram.sent.some((m) => m.text.endsWith(' try')))
  },
  slow,
)

ui(
  'what the doctor finds is mended by one click and can be taken back; a change of the config that was rejected is told',
  async () => {
    const { page, gw } = r
    const config = join(gw.state.path, 'openclaw.json')
    chmodSync(config, 0o644)
    gw.state.write('openclaw.json.rejected.2026-01-01', '{}')
    await page.value('location.reload()')
    await page.shows(/others may read or change[\s\S]*openclaw\.json \(644\)/)
    await page.shows(/a change did not work and was taken back; it is kept in [^\n]*rejected/)
    await page.tap('li:has(.bad) .button:not(.copy)', 'Mend it')
    await page.shows(/Done: took the rights of others from [\s\S]*oclaw doctor --undo/)
    await page.until('nothing to mend', `!/others may read or change/.test(document.querySelector('main').innerText)`)
    expect(statSync(config).mode & 0o777).toBe(0o600)
    const undone = run(gw.state.path, ['doctor', '--undo'])
    expect([await undone.exited, undone.output]).toEqual([0, expect.stringContaining(`put back ${config}`)])
    expect(statSync(config).mode & 0o777).toBe(0o644)
    chmodSync(config, 0o600)
  },
  slow,
)

ui(
  'a machine that asks to be a node is let in',
  async () => {
    const { page, gw } = r
    await gw.call('node.pair.request', { nodeId: 'kitchen-1', displayName: 'Kitchen', platform: 'linux' })
    await r.visit('devices')
    await page.shows(/Kitchen\s+asks to be a node/)
    await page.value(
      `[...document.querySelectorAll('li')].find((x) => x.innerText.includes('asks to be a node')).querySelector('button.main').click()`,
    )
    await page.shows(/Its token, shown this once/)
    const { paired } = await gw.call<{ paired: { nodeId: string }[] }>('node.pair.list')
    expect(paired.map((n) => n.nodeId)).toEqual(['kitchen-1'])
  },
  slow,
)

ui(
  'an agent is made, one of its files is written, and it goes',
  async () => {
    const { page } = r
    await r.visit('agents')
    await page.choose('Add an agent')
    await page.fill('dialog input', 'Librarian')
    await page.choose('Make it', 'dialog')
    await page.shows(/Librarian\s+librarian/)
    await page.tap('.files button', 'USER.md')
    await page.until('the file', `document.querySelector('.editor textarea')?.ariaLabel === 'USER.md'`)
    await page.fill('.editor textarea', '# Ann, who likes books')
    await page.choose('Save')
    await page.shows(/USER\.md is saved/)
    const { file } = await r.gw.call<{ file: { content: string } }>('agents.files.get', {
      agentId: 'librarian',
      name: 'USER.md',
    })
    expect(file.content).toBe('# Ann, who likes books')
    await page.choose('Remove the agent')
    await page.choose('Remove the agent', 'dialog')
    await page.shows(/It is gone/)
    await page.until('one agent', `document.querySelectorAll('.tabs button').length === 1`)
  },
  slow,
)

ui(
  'the config is changed by form and by text; a change undoes itself, or is kept',
  async () => {
    const { page, gw } = r
    const name = () => gw.call<{ value: unknown }>('config.get', { path: 'ui.assistant.name' }).then((x) => x.value)
    await r.visit('config')
    await page.fill('[data-search]', 'assistant')
    await page.choose('UI')
    await page.value(`document.querySelectorAll('.config .form details').forEach((d) => (d.open = true))`)
    await page.write('Name', 'Molly', '.config')
    await page.choose('Save and try')
    await page.shows(/This change undoes itself in \d+ seconds/)
    expect(await name()).toBe('Molly')
    await page.choose('Undo it now')
    await page.shows(/It is as it was before/)
    await page.until('the old file', `document.querySelector('.probation') === null`)
    expect(await name()).not.toBe('Molly')
    await page.choose('Text')
    const raw = await page.value<string>(`document.querySelector('textarea.mono').value`)
    expect(raw).not.toContain(gw.token)
    await page.fill('textarea.mono', raw.replace('{', '{"ui":{"assistant":{"name":"Polly"}},'))
    await page.choose('Review the changes')
    await page.shows(/\+.*Polly/)
    await page.choose('Save and try', 'dialog')
    await page.choose('Keep it')
    await page.shows(/The change is kept/)
    expect(await name()).toBe('Polly')
    await page.fill('textarea.mono', '{"gateway":{"port":"many"}}')
    await page.choose('Review the changes')
    await page.choose('Save and try', 'dialog')
    await page.shows(/invalid config[\s\S]*gateway\.port/)
  },
  slow,
)

ui(
  'approvals, devices, models, skills, logs and activity show what there is and take answers',
  async () => {
    const { page, gw } = r
    await r.visit('approvals')
    const asked = gw.call('exec.approval.request', { command: 'make all', cwd: '/tmp', timeoutMs: 60_000 })
    await page.shows(/make all/)
    await page.choose('Deny')
    expect((await asked)['decision']).toBe('deny')
    await page.shows(/Nothing waits for an answer/)
    await r.visit('devices')
    await page.shows(/this browser/)
    await page.choose('Sign another browser in')
    await page.shows(/#ticket=ticket_/)
    await page.press('Escape')
    await r.visit('models')
    await page.shows(/demo\/demo/)
    await page.shows(/Nothing is capped/)
    await gw.call('config.set', { path: 'agents.defaults.budget', value: { agent: { perDay: 5 } } })
    await page.shows(/Agent, a day\s+main\s+\$0\s+\$5\.00\s+\$5\.00 left/)
    const row = (of: string) =>
      `[...document.querySelectorAll('tbody tr')].find((x) => x.innerText.includes('anthropic/claude-opus-4-6'))${of}`
    await page.until('a model without a key', row(`?.innerText.includes('No key')`))
    await page.value(row(`.querySelector('button').click()`))
    await page.shows(/Add a key[\s\S]*ANTHROPIC_API_KEY/)
    await page.fill('dialog input[type=password]', 'sk-ant-of-a-test')
    await page.choose('Save', 'dialog')
    await page.until('the model to be usable', row(`?.innerText.includes('Usable')`))
    expect(gw.state.read('openclaw.json')).toContain('sk-ant-of-a-test')
    expect(JSON.stringify(await gw.call('config.get', {}))).not.toContain('sk-ant-of-a-test')
    expect(await page.value<string>('document.documentElement.outerHTML')).not.toContain('sk-ant-of-a-test')
    await r.visit('skills')
    await page.shows(/skill-creator/)
    await r.visit('logs')
    await page.shows(/listening/)
    await page.fill('[data-search]', 'nobody wrote this')
    await page.shows(/No line fits/)
    await r.visit('activity')
    await page.shows(/A tool asks to run: make all/)
    await r.visit('')
    await page.shows(/Up for\s+\d[\s\S]*Every message was delivered/i)
    expect(page.trouble.filter((x) => x.kind !== 'request')).toEqual([])
  },
  slow,
)
