// How every page looks and whether everybody can use it: pictures, light and dark, desk and phone, and axe over each.
import { afterAll, beforeAll, expect } from 'bun:test'
import { join } from 'node:path'
import { able, pages, pictureFolder, rig, slow, ui, type Rig } from './rig.ts'
import { dot } from './talk.ts'

let r: Rig
const axe = Bun.file(join(import.meta.dir, '../../node_modules/axe-core/axe.min.js'))

beforeAll(async () => {
  if (!able) return
  r = await rig({
    prepare: (state) =>
      state.write(
        'skills/kettle/SKILL.md',
        '---\nname: kettle\ndescription: Boils water.\nmetadata: {"openclaw":{"primaryEnv":"KETTLE_KEY","requires":{"bins":["no-such-boil"],"env":["KETTLE_KEY"]},"install":[{"id":"b","kind":"brew","formula":"boil"}]}}\n---\nx',
      ),
    config: {
      channels: {
        telegram: {
          enabled: true,
          botToken: '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc',
          apiRoot: 'http://127.0.0.1:9',
        },
      },
      hooks: {
        enabled: true,
        token: 'hook-token-123456',
        mappings: [
          {
            match: { path: 'ci' },
            name: 'Builds',
            agentId: 'main',
            messageTemplate: 'Built: {{ref}}',
            channel: 'telegram',
            to: '42',
          },
          { match: { source: 'alarm' }, action: 'wake', textTemplate: 'Alarm: {{text}}' },
        ],
        webhooks: [{ id: 'builds', agentId: 'main', message: 'Built: {{body.message}}' }],
      },
    },
  })
  const { gw } = r
  await gw.ask('Good morning! What can you do?')
  await gw.ask('list files')
  await gw.ask('Show me:\n\n```ts\nexport const answer = 42 // of course\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |')
  await gw.call('chat.send', {
    sessionKey: 'main',
    message: 'What is this?',
    idempotencyKey: 'picture',
    attachments: [{ mimeType: 'image/png', fileName: 'dot.png', content: dot }],
  })
  await gw.call('agent', { message: 'Plan the journey to Turin', sessionKey: 'travel', wait: true })
  await gw.call('sessions.patch', { key: 'travel', label: 'Travel' })
  await gw.call('cron.add', {
    name: 'Morning news',
    schedule: { kind: 'cron', expr: '0 8 * * 1-5', tz: 'UTC' },
    payload: { kind: 'agentTurn', message: 'Tell me the news.' },
  })
  await gw.call('cron.add', {
    name: 'Stretch',
    schedule: { everyMs: 3_600_000 },
    payload: { kind: 'systemEvent', text: 'Time to stretch.' },
  })
  gw.call('exec.approval.request', {
    command: 'git push origin main',
    cwd: '/home/ann/project',
    agentId: 'main',
    sessionKey: 'agent:main:main',
    timeoutMs: 600_000,
  }).catch(() => undefined)
  await r.open('')
}, slow)
afterAll(async () => r?.[Symbol.asyncDispose]())

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** What axe finds wrong, as lines. */
async function violations(): Promise<string[]> {
  if (!(await r.page.value<boolean>('typeof axe !== "undefined"'))) await r.page.value(await axe.text())
  const found = await r.page.value<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then((x) => x.violations, (e) => [{ id: String(e), nodes: [] }])`,
  )
  return found.flatMap((v) => [
    v.id,
    ...v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html.slice(0, 200)} ${n.failureSummary.slice(0, 300)}`),
  ])
}

/** What sticks out of the page sideways. */
const overflow = `[...document.querySelectorAll('main *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, .chart, .sr, .diff')).map((e) => e.outerHTML.slice(0, 120)).slice(0, 3)`

/** Parts of an open dialog that reach out of it at its sides. */
const outside = `(() => { const d = document.querySelector('dialog[open]'); const box = d.getBoundingClientRect(); return [...d.querySelectorAll('*')].filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > box.right || e.scrollWidth > e.clientWidth + 1 && e.matches('.dialog, .body, a, button'))).map((e) => e.outerHTML.slice(0, 120)).slice(0, 3) })()`

/** Whether the page itself scrolls besides what scrolls in it. */
const scrolls = `document.documentElement.scrollHeight > innerHeight`

/** Waits until what was asked for is there and what moves has come to rest; what is not drawn never does. */
const still = `(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms))
  await wait(60)
  for (let i = 0; i < 40 && document.querySelector('main .waiting'); i++) await wait(50)
  const moving = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity)
  await Promise.race([wait(400), Promise.all(moving.map((a) => a.finished.catch(() => 0)))])
})()`

async function picture(name: string) {
  await Bun.write(join(pictureFolder(), `${name}.png`), await r.page.picture())
}

for (const path of pages)
  ui(
    `${path || 'dashboard'}: nobody is kept out, nothing is cut`,
    async () => {
      const { page } = r
      const name = path || 'dashboard'
      await page.size(1280, 800)
      await page.scheme('light')
      await r.visit(path)
      await page.value(still)
      await picture(`${name}-desk-light`)
      expect(await violations()).toEqual([])
      expect(await page.value<string[]>(overflow)).toEqual([])
      expect(await page.value<boolean>(scrolls)).toBe(false)
      await page.scheme('dark')
      await page.value(still)
      await picture(`${name}-desk-dark`)
      expect(await violations()).toEqual([])
      await page.size(390, 844, true)
      await page.value(still)
      await picture(`${name}-phone-dark`)
      expect(await page.value<string[]>(overflow)).toEqual([])
      await page.scheme('light')
      await page.value(still)
      await picture(`${name}-phone-light`)
      expect(await violations()).toEqual([])
      await page.size(1280, 800)
    },
    slow,
  )

ui(
  'dialogs keep nobody out',
  async () => {
    const { page } = r
    const open: readonly (readonly [string, string])[] = [
      ['cron', 'Add a job'],
      ['channels', 'Add a channel'],
      ['sessions', 'Change its settings'],
      ['agents', 'Add an agent'],
      ['devices', 'Sign another browser in'],
      ['devices', 'Add a phone or machine'],
      ['chat', 'Show dot.png larger'],
      ['models', 'Add a key'],
      ['skills', 'Set KETTLE_KEY'],
      ['cron', 'Keyboard shortcuts'],
    ]
    for (const [path, button] of open) {
      await page.scheme('light')
      await r.visit(path)
      await page.value(still)
      await page.choose(button)
      await page.until('the dialog', `document.querySelector('dialog[open]') !== null`)
      await page.value(still)
      await picture(`dialog-${path}-${button.split(' ').at(-1)}`)
      expect([button, ...(await violations())]).toEqual([button])
      expect([button, ...(await page.value<string[]>(outside))]).toEqual([button])
      await page.size(390, 844, true)
      await page.value(still)
      await picture(`dialog-${path}-${button.split(' ').at(-1)}-phone`)
      expect([button, ...(await page.value<string[]>(outside))]).toEqual([button])
      await page.size(1280, 800)
      await page.press('Escape')
      await page.until('no dialog', `document.querySelector('dialog') === null`)
    }
    await page.choose('Sign out of this browser')
    await page.shows(/Token or password/)
    await picture('sign-in')
    expect(await violations()).toEqual([])
  },
  slow,
)
