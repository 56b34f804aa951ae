// The way into the Control UI without typing a secret.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import { newTicket } from '../engine/people/tickets.ts'
import type { Services } from './services.ts'

const link = defineOp({
  id: 'dashboard.link',
  summary: 'Makes an address that signs one browser in, once, within a minute.',
  scope: 'admin',
  params: z.strictObject({}),
  result: z.object({ url: z.string(), path: z.string(), expiresAt: z.number() }),
  examples: [{ params: {} }],
  handler: async ({ caller }, { engine, config, gateway }: Pick<Services, 'engine' | 'config' | 'gateway'>) => {
    const { value, expiresAt } = await newTicket(engine.world, caller.id)
    const said = getPath(config.current(), ['gateway', 'controlUi', 'basePath'])
    const base = typeof said === 'string' ? said.replace(/^\/*/, '/').replace(/\/+$/, '') : ''
    const tls = getPath(config.current(), ['gateway', 'tls', 'enabled']) === true
    const host = /^(0\.0\.0\.0|::|)$/.test(gateway.bindHost()) ? '127.0.0.1' : gateway.bindHost()
    // What stands behind # is never sent over the network.
    const path = `${base}/#ticket=${value}`
    const name = host.includes(':') ? `[${host}]` : host
    return { url: `${tls ? 'https' : 'http'}://${name}:${gateway.port()}${path}`, path, expiresAt }
  },
})

export const dashboardOps = [link] as const
