// What happens by itself, in a real browser: jobs by time, and calls from outside.
import { afterAll, beforeAll, expect } from 'bun:test'
import { able, rig, slow, ui, type Rig } from './rig.ts'

let r: Rig

beforeAll(async () => {
  if (!able) return
  r = await rig({
    config: {
      agents: {
        list: [
          { id: 'main', default: true },
          { id: 'scout', name: 'Scout' },
        ],
      },
    },
  })
  await r.open()
}, slow)
afterAll(async () => r?.[Symbol.asyncDispose]())

ui(
  'a job shows its next runs before it is kept, runs, rests and goes',
  async () => {
    const { page } = r
    await r.visit('cron')
    await page.choose('Add a job')
    await page.write('Name', 'Evening', 'dialog')
    await page.write('What the agent is asked', 'Say good evening.', 'dialog')
    await page.write('Cron line', 'not a line', 'dialog')
    await page.shows(/cannot be read/)
    await page.write('Cron line', '30 18 * * *', 'dialog')
    await page.until('next runs', `document.querySelectorAll('.next li').length === 5`)
    expect(await page.value<string>(`document.querySelector('.next li').innerText`)).toMatch(/18:30:00/)
    await page.choose('Save', 'dialog')
    await page.shows(/Evening[\s\S]*30 18 \* \* \*/)
    await r.gw.call('cron.add', {
      name: 'Often',
      agentId: 'scout',
      schedule: { kind: 'every', everyMs: 3_600_000, anchorMs: 12_345 },
      payload: { kind: 'agentTurn', message: 'Look around.', model: 'demo/demo', thinking: 'low', timeoutSeconds: 90 },
      delivery: { mode: 'none', bestEffort: true },
      missed: 'once',
    })
    const kept = async (name: string) =>
      (await r.gw.call<{ jobs: Record<string, unknown>[] }>('cron.list')).jobs.find((j) => j['name'] === name)
    await page.until('both', `document.querySelectorAll('tbody tr').length === 2`)
    const edit = (name: string) =>
      page.value(
        `[...document.querySelectorAll('tbody tr')].find((x) => x.innerText.includes('${name}')).querySelector('[aria-label="Edit the job"]').click()`,
      )
    await edit('Evening')
    await page.write('Spread over so many seconds', '30', 'dialog')
    await page.pick('dialog select:has(option:nth-child(3))', '0')
    await page.choose('Save', 'dialog')
    await page.until('no dialog', `document.querySelector('dialog') === null`)
    expect(await kept('Evening')).toMatchObject({
      agentId: 'main',
      schedule: { expr: '30 18 * * *', staggerMs: 30_000 },
    })
    await edit('Often')
    await page.until(
      'its agent',
      `[...document.querySelectorAll('dialog select')].some((x) => x.selectedOptions[0]?.text === 'Scout')`,
    )
    await page.write('Model', '', 'dialog')
    await page.press('Delete', 46)
    await page.write('Longest run, in seconds', '120', 'dialog')
    await page.choose('Save', 'dialog')
    await page.until('no dialog', `document.querySelector('dialog') === null`)
    const often = await kept('Often')
    expect(often).toMatchObject({
      agentId: 'scout',
      schedule: { kind: 'every', everyMs: 3_600_000, anchorMs: 12_345 },
      delivery: { mode: 'none', bestEffort: true },
      missed: 'once',
    })
    expect(often?.['payload']).toEqual({
      kind: 'agentTurn',
      message: 'Look around.',
      thinking: 'low',
      timeoutSeconds: 120,
    })
    await r.gw.call('cron.remove', { id: often?.['id'] })
    await page.until('one', `document.querySelectorAll('tbody tr').length === 1`)
    await page.choose('Run now')
    await page.shows(/It has run/)
    await page.choose('What came of it')
    await page.until('a run', `document.querySelector('dialog .rows li') !== null`)
    await page.press('Escape')
    await page.choose('Switch Evening off')
    await page.shows(/It is off/)
    await page.choose('Delete')
    await page.choose('Remove the job', 'dialog')
    await page.shows(/There are no jobs/)
  },
  slow,
)

ui(
  'a webhook is made and answers calls',
  async () => {
    const { page } = r
    await r.visit('webhooks')
    await page.choose('Add a webhook')
    await page.write('ID', 'ci', 'dialog')
    await page.write('Token of its own', 'a-token-of-its-own-123', 'dialog')
    await page.choose('Save', 'dialog')
    await page.shows(/curl -X POST/)
    await page.choose('Switch on')
    await page.shows(/Answered/)
    expect(await page.text()).not.toContain('Mappings')
    const mappings = [
      { match: { path: '/mail/' }, name: 'Mail', messageTemplate: 'From {{from}}', channel: 'telegram', to: '42' },
      { match: { source: 'alarm' }, action: 'wake' },
    ]
    await r.gw.call('config.set', { path: 'hooks.mappings', value: mappings })
    await page.shows(
      new RegExp(
        `Mail to agent Default\\s+${r.gw.url}/hooks/mail\\s+Says From {{from}}\\s+The answer goes to telegram 42`,
      ),
    )
    await page.shows(/Any call wakes the main session · calls of alarm\s+Says {{text}}/)
    const call = (token: string) =>
      fetch(`${r.gw.url}/webhook/ci`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ message: 'built' }),
      })
    expect([(await call('wrong')).status, (await call('a-token-of-its-own-123')).ok]).toEqual([401, true])
    await page.choose('Remove ci')
    await page.choose('Delete', 'dialog')
    await page.shows(/There is no webhook/)
  },
  slow,
)
