// Skills in a real browser: what one lacks is said, and it is given what it lacks until it is ready.
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'bun:test'
import { folder } from '../e2e/program.ts'
import { rig, slow, ui } from './rig.ts'

const skill = (text: string) =>
  `---\nname: kettle\ndescription: Boils water.\nmetadata: ${JSON.stringify({
    openclaw: {
      primaryEnv: 'KETTLE_KEY',
      requires: { bins: ['boil'], env: ['KETTLE_KEY'] },
      install: [{ id: 'b', kind: 'brew', formula: 'boil-cli', bins: ['boil'] }],
    },
  })}\n---\n${text}`

ui(
  'a skill says what it lacks; it is installed, given its key, approved when its files change, and switched off',
  async () => {
    using bin = folder()
    bin.write('brew', `#!/bin/sh\nprintf '#!/bin/sh\\n' > ${bin.path}/boil && chmod 755 ${bin.path}/boil\n`)
    chmodSync(join(bin.path, 'brew'), 0o755)
    await using r = await rig({
      env: { PATH: `${bin.path}:${process.env['PATH'] ?? ''}` },
      prepare: (state) => state.write('skills/kettle/SKILL.md', skill('Press the button.')),
    })
    const { page, gw } = r
    const row = () =>
      page.value<string>(
        `[...document.querySelectorAll('.rows li')].find((x) => x.innerText.startsWith('kettle')).innerText`,
      )
    await r.open('skills')
    await page.shows(/Missing: program boil; key KETTLE_KEY/)
    expect(await row()).toContain('Something is missing')
    await page.choose('Install boil-cli (brew)')
    await page.shows(/brew install boil-cli/)
    await page.choose('Allow once')
    await page.shows(/Installed by `brew install boil-cli`/)
    await page.shows(/Missing: key KETTLE_KEY/)
    await page.choose('Set KETTLE_KEY')
    await page.fill('dialog input[type=password]', 'kettle-secret-1')
    await page.choose('Save', 'dialog')
    await page.until('no dialog', `document.querySelector('dialog') === null`)
    await page.until(
      'it to be ready',
      `[...document.querySelectorAll('.rows li')].some((x) => /^kettle[\\s\\S]*Ready/.test(x.innerText))`,
    )
    expect(await row()).not.toContain('Missing')
    expect(gw.state.read('openclaw.json')).toContain('kettle-secret-1')
    expect(await page.value<string>('document.documentElement.outerHTML')).not.toContain('kettle-secret-1')
    await gw.call('skills.approve', { name: 'kettle' })
    gw.state.write('skills/kettle/SKILL.md', skill('Press it twice.'))
    await page.value('location.reload()')
    await page.shows(/Its files changed/)
    await page.choose('Approve')
    await page.shows(/Its files are not those that were approved\. Look at them in [^ ]*skills\/kettle first/)
    await page.choose('Approve', 'dialog')
    await page.shows(/kettle is approved as it is now/)
    await page.until('nothing changed', `!document.body.innerText.includes('Its files changed')`)
    await page.tap('.rows li:has(.actions) > .button', 'Switch off')
    await page.until(
      'it to be off',
      `[...document.querySelectorAll('.rows li')].some((x) => /^kettle[\\s\\S]*Off/.test(x.innerText))`,
    )
    expect(page.trouble.filter((x) => x.kind !== 'request')).toEqual([])
  },
  slow,
)
