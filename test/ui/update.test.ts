// A newer version that was found is told of on the dashboard of whoever looks at it.
import { expect } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../e2e/program.ts'
import { newerVersion, releaseOf } from '../e2e/newer.ts'
import { rig, slow, ui } from './rig.ts'

ui(
  'a newer version is told with what takes it, as soon as it is known',
  async () => {
    using release = folder()
    const program = join(release.path, 'program')
    writeFileSync(program, '#!/bin/sh\n')
    const env = { OPENCLAW_UPDATE_URL: release.path, OPENCLAW_UPDATE_KEY: await releaseOf(release.path, program) }
    await using r = await rig({ env })
    await r.open()
    await r.page.shows(/Dashboard/)
    expect(await r.page.value<string>('document.body.innerText')).not.toContain(newerVersion)
    expect(await r.gw.call('update.status', { check: true })).toMatchObject({ latestVersion: newerVersion })
    await r.page.shows(new RegExp(`Version ${newerVersion} of this program is out`))
    await r.page.shows(/oclaw update/)
  },
  slow,
)
