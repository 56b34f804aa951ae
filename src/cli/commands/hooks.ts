// Installing hooks from the command line: a path means a file of this machine.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type Command, defineCommand } from '../context.ts'
import { opOf, show } from '../operation.ts'

const hooksInstall = defineCommand({
  path: 'hooks install',
  of: 'hooks.install',
  get flags() {
    return z.strictObject({})
  },
  async run(input: Record<string, unknown>, run) {
    const spec = String(input['spec'])
    const params = { ...input, spec: /^[./]/.test(spec) || existsSync(spec) ? resolve(spec) : spec }
    const op = opOf(run.ctx, 'hooks.install')
    return show(op, await run.call(op.id, params), params, run)
  },
})

export const commands: readonly Command[] = [hooksInstall]
