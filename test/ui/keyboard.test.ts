// Whole ways through the Control UI without a mouse: signing in, going about, talking, making a job, answering a question.
import { expect } from 'bun:test'
import { rig, slow, ui } from './rig.ts'

ui(
  'everything is reached and done by keyboard alone',
  async () => {
    await using r = await rig()
    const { page, gw } = r
    const focused = () => page.value<string>(`document.activeElement?.textContent?.trim() ?? ''`)
    await page.go(gw.url)
    await page.until('the field', `document.activeElement?.name === 'secret'`)
    await page.type(gw.token)
    await page.press('Enter')
    await page.shows(/Up for\s+\d/i)
    await page.press('Tab')
    expect(await focused()).toBe('Skip to the page')
    await page.press('Enter')
    expect(await page.value<string>('document.activeElement.id')).toBe('main')
    await page.press('?')
    await page.shows(/Keyboard shortcuts[\s\S]*Go to Cron/)
    await page.press('Escape')
    await page.until('no dialog', `document.querySelector('dialog') === null`)
    await page.press('g')
    await page.press('c')
    await page.until('the message field', `document.activeElement?.matches('[data-composer]')`)
    await page.type('hello by keyboard')
    await page.press('Enter')
    await page.shows(/You said: hello by keyboard/)
    await page.value('document.activeElement.blur()')
    await page.press('g')
    await page.press('j')
    await page.shows(/There are no jobs/)
    await page.press('n')
    await page.until('the dialog', `document.querySelector('dialog[open]')?.contains(document.activeElement)`)
    /** Tabs until the field of this label has the focus. */
    async function reach(label: string) {
      for (let i = 0; i < 30; i++) {
        if (
          await page.value<boolean>(
            `(document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? '').trim().startsWith('${label}')`,
          )
        )
          return
        await page.press('Tab')
      }
      throw new Error(`${label} is not reached by Tab`)
    }
    await reach('Name')
    await page.type('Evening')
    await reach('What the agent is asked')
    await page.type('Say good evening.')
    await page.until('the next runs', `document.querySelectorAll('.next li').length === 5`)
    await reach('Save')
    await page.press('Enter')
    await page.shows(/Evening[\s\S]*0 9 \* \* \*/)
    await page.until('the focus back at the button', `document.activeElement?.textContent === 'Add a job'`)
    const asked = gw.call('exec.approval.request', { command: 'make all', timeoutMs: 20_000 })
    await page.press('g')
    await page.press('a')
    await page.shows(/make all/)
    await page.value(`document.querySelector('main').focus()`)
    await reach('Allow once')
    await page.press(' ')
    expect((await asked)['decision']).toBe('allow-once')
    await page.press('g')
    await page.press('l')
    await page.shows(/listening/)
    await page.press('/')
    await page.type('nothing like this')
    await page.shows(/No line fits/)
    expect(page.trouble.filter((x) => x.kind !== 'request')).toEqual([])
  },
  slow,
)
