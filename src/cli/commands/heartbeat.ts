// The regular turns of agents on the command line: on and off.
import { z } from 'zod'
import { type Command, defineCommand } from '../context.ts'
import { json } from '../print.ts'

const none = z.strictObject({})

const switching = (word: 'enable' | 'disable', summary: string) =>
  defineCommand({
    path: `system heartbeat ${word}`,
    summary,
    flags: none,
    async run(_p: z.output<typeof none>, run) {
      const said = await run.call('set-heartbeats', { enabled: word === 'enable' })
      run.ctx.stdout(run.globals.json ? json(said) : `Heartbeats are ${word === 'enable' ? 'on' : 'off'}.\n`)
      return 0
    },
  })

const heartbeatEnable = switching('enable', 'Switches the agents’ regular turns on, whatever had stopped them.')
const heartbeatDisable = switching('disable', 'Switches the agents’ regular turns off.')

export const commands: readonly Command[] = [heartbeatDisable, heartbeatEnable]
