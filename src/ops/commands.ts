// The slash commands of a chat, for those who offer them.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

const list = defineOp({
  id: 'commands.list',
  summary: 'Lists the commands a chat understands.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({ commands: z.array(z.object({ name: z.string(), description: z.string() })) }),
  examples: [{ params: {} }],
  handler: (_call, { engine: e }: Pick<Services, 'engine'>) => ({
    commands: e.commands.native.map((c) => ({ name: c.name, description: c.description })),
  }),
})

export const commandOps = [list] as const
