// Running a program on a node, with a word while a person is asked.
import { z } from 'zod'
import { type Command, defineCommand } from '../context.ts'
import { opOf, show } from '../operation.ts'

/** Silence after which it is said what may be waited for, in ms. */
const hintMs = 2000

const nodesRun = defineCommand({
  path: 'nodes run',
  of: 'node.run',
  get flags() {
    return z.strictObject({})
  },
  async run(input: Record<string, unknown>, run) {
    const { ctx } = run
    const op = opOf(ctx, 'node.run')
    const client = await run.connect()
    const answered = new AbortController()
    ctx.clock.sleep(hintMs, answered.signal).then(
      () =>
        ctx.stderr(
          `Still waiting. If the node asks for leave: ${ctx.name} approvals pending, ${ctx.name} approvals resolve <id> allow-once\n`,
        ),
      () => undefined,
    )
    try {
      return show(op, await client.call(op.id, input, ctx.signal), input, run) // a person may take their time
    } finally {
      answered.abort(new Error('answered'))
      client.close()
    }
  },
})

export const commands: readonly Command[] = [nodesRun]
