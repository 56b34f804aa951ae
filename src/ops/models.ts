// Operations on models.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import type { Services } from './services.ts'

export const modelsList = defineOp({
  id: 'models.list',
  summary: 'Lists the models that are known, and says which can be used now.',
  scope: 'read',
  params: z.strictObject({ local: z.boolean().default(false).describe('also look for model servers on this machine') }),
  simpleOnly: ['local'],
  result: z.object({
    models: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        provider: z.string(),
        contextWindow: z.number(),
        maxTokens: z.number(),
        reasoning: z.boolean(),
        input: z.array(z.string()).readonly(),
        available: z.boolean(),
        keyVariable: z.string().optional().describe('where its key is missing: the variable it is taken from'),
        price: z
          .object({
            input: z.number(),
            output: z.number(),
            cacheRead: z.number().optional(),
            cacheWrite: z.number().optional(),
          })
          .optional(),
      }),
    ),
    localServers: z
      .array(z.object({ name: z.string(), baseUrl: z.string(), models: z.array(z.string()).readonly() }))
      .optional(),
  }),
  examples: [{ params: {} }],
  handler: async ({ params: p, signal }, { models }: Pick<Services, 'models'>) => ({
    models: [...models.list()] as never,
    ...(p.local ? { localServers: [...(await models.localServers(signal))] } : {}),
  }),
})
