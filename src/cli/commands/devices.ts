// Devices on the command line: letting the latest in, and clearing the list.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

interface Listed {
  readonly pending: readonly { readonly requestId: string; readonly ts: number }[]
  readonly paired: readonly { readonly deviceId: string }[]
}

const listed = async (run: Run) => (await run.call('device.pair.list', {})) as Listed

const approveFlags = once(() =>
  z.strictObject({
    requestId: z.string().min(1).optional().describe('the request’s id'),
    latest: z.boolean().default(false).describe('the request that came last'),
  }),
)

const devicesApprove = defineCommand({
  path: 'devices approve',
  summary: 'Lets a waiting device in, with what it asked for and no more.',
  args: ['requestId'],
  get flags() {
    return approveFlags()
  },
  examples: ['devices approve <request>', 'devices approve --latest'],
  async run(p: z.output<ReturnType<typeof approveFlags>>, run) {
    const newest =
      p.requestId === undefined ? [...(await listed(run)).pending].sort((a, b) => b.ts - a.ts)[0] : undefined
    const requestId = p.requestId ?? (p.latest ? newest?.requestId : undefined)
    if (requestId === undefined)
      throw newest
        ? new Fault(
            'INVALID_REQUEST',
            `say which: \`${run.ctx.name} devices approve ${newest.requestId}\`, or --latest`,
          )
        : new Fault('NOT_FOUND', 'no device is waiting')
    const op = opOf(run.ctx, 'device.pair.approve')
    return show(op, await run.call(op.id, { requestId }), { requestId }, run)
  },
})

const clearFlags = once(() =>
  z.strictObject({
    yes: z.boolean().default(false).describe('do it; without this it is only said what would be done'),
    pending: z.boolean().default(false).describe('also turn away those that wait'),
  }),
)

const devicesClear = defineCommand({
  path: 'devices clear',
  summary: 'Forgets every device that is let in, and closes their connections.',
  get flags() {
    return clearFlags()
  },
  examples: ['devices clear --yes', 'devices clear --yes --pending'],
  async run({ yes, pending }: z.output<ReturnType<typeof clearFlags>>, run) {
    const { ctx, globals } = run
    const all = await listed(run)
    const waiting = pending ? all.pending : []
    if (!yes) {
      const what = `${all.paired.length} devices would be forgotten, ${waiting.length} turned away`
      throw new Fault(
        'INVALID_REQUEST',
        `${what}; \`${ctx.name} devices clear --yes${pending ? ' --pending' : ''}\` does it`,
      )
    }
    const client = await run.connect()
    try {
      for (const { requestId } of waiting) await client.call('device.pair.reject', { requestId }, ctx.signal)
      for (const { deviceId } of all.paired) await client.call('device.pair.remove', { deviceId }, ctx.signal)
    } finally {
      client.close()
    }
    const done = { removedDevices: all.paired.map((d) => d.deviceId), rejectedPending: waiting.map((r) => r.requestId) }
    ctx.stdout(
      globals.json ? json(done) : `${all.paired.length} devices are forgotten, ${waiting.length} turned away.\n`,
    )
    return 0
  },
})

export const commands: readonly Command[] = [devicesApprove, devicesClear]
