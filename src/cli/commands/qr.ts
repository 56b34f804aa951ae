// A code to scan with a phone, or to type on another machine, that makes it a node.
import { z } from 'zod'
import { once } from '../../lib/once.ts'
import { type Command, defineCommand } from '../context.ts'
import { json } from '../print.ts'

const Made = () => z.looseObject({ setupCode: z.string(), gatewayUrl: z.string(), expiresAtMs: z.number() })

const flags = once(() =>
  z.strictObject({
    url: z.string().min(1).optional().describe('where the device reaches the gateway'),
    publicUrl: z.string().min(1).optional().describe('the same'),
    remote: z.boolean().default(false).describe('the address in gateway.remote.url'),
    setupCodeOnly: z.boolean().default(false).describe('only print the code'),
    ascii: z.boolean().default(true).describe('draw the picture; --no-ascii leaves it out'),
  }),
)

const qrCommand = defineCommand({
  path: 'qr',
  aliases: ['clawbot qr'],
  summary: 'Shows a code that makes one phone or machine a node, once, within ten minutes.',
  get flags() {
    return flags()
  },
  examples: ['qr', 'qr --url wss://gateway.example', 'qr --setup-code-only'],
  async run(p: z.output<ReturnType<typeof flags>>, run) {
    const { ctx, globals } = run
    const url = p.publicUrl ?? p.url
    const made = Made().parse(
      await run.call('device.setup', { ...(url === undefined ? {} : { url }), remote: p.remote }),
    )
    if (globals.json) ctx.stdout(json(made))
    else if (p.setupCodeOnly) ctx.stdout(`${made.setupCode}\n`)
    else {
      const { renderUnicodeCompact } = await import('uqr')
      if (p.ascii) ctx.stdout(`${renderUnicodeCompact(made.setupCode, { border: 2 })}\n\n`)
      ctx.stdout(`Setup code: ${made.setupCode}\nGateway: ${made.gatewayUrl}\n`)
      ctx.stdout(`Scan it with the app, or on another machine: ${ctx.name} node run --setup-code <code>\n`)
    }
    return 0
  },
})

export const commands: readonly Command[] = [qrCommand]
