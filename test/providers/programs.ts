// How programs are run in tests of providers: as in the gateway, with the real system below.
import { systemClock } from '../../src/lib/clock.ts'
import type { Programs } from '../../src/define/provider.ts'
import { childEnv, spawner } from '../../src/os/child.ts'
import { temporaryFile } from '../../src/os/temporary-file.ts'

export const programs: Programs = { spawn: spawner(systemClock), env: childEnv(process.env), temporaryFile }
