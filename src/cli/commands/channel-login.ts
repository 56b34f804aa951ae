// Linking a channel by a phone, in the terminal.
import { z } from 'zod'
import { renderUnicodeCompact } from 'uqr'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand, type Run } from '../context.ts'

/** What the gateway says of an attempt. */
const Told = z.object({
  connected: z.boolean(),
  message: z.string(),
  done: z.boolean().optional(),
  qr: z.string().optional(),
  code: z.string().optional(),
})

const flags = z.strictObject({
  channel: z.string().default('whatsapp').describe('the channel to link'),
  account: z.string().optional().describe('the account; the default one when absent'),
  force: z.boolean().default(false).describe('even when it is linked: the old link is given up'),
  phone: z.string().optional().describe('your number (+49…): type a code on the phone instead of scanning'),
  verbose: z.boolean().default(false).describe('say more'),
})

/** Longest wait for one answer of the gateway, in ms. */
const askMs = 60_000

async function run(input: z.output<typeof flags>, run: Run): Promise<number> {
  const { ctx, globals } = run
  const at = { channel: input.channel, ...(input.account === undefined ? {} : { accountId: input.account }) }
  const phone = input.phone === undefined ? {} : { phone: input.phone }
  let told = Told.parse(await run.call('web.login.start', { ...at, ...phone, force: input.force, timeoutMs: askMs }))
  let shown = ''
  for (;;) {
    const what = told.qr ?? told.code ?? ''
    if (what && what !== shown && !globals.json)
      ctx.stdout(`${told.qr ? renderUnicodeCompact(told.qr, { border: 1 }) : ''}\n${told.message}\n`)
    shown = what
    if (told.connected || told.done) break
    const seen = told.qr === undefined ? {} : { qr: told.qr }
    told = Told.parse(await run.call('web.login.wait', { ...at, ...seen, timeoutMs: askMs }))
  }
  if (!told.connected) throw new Fault('UNAVAILABLE', told.message)
  ctx.stdout(globals.json ? `${JSON.stringify(told)}\n` : `${told.message}\n`)
  return 0
}

const channelLogin = defineCommand({
  path: 'channels login',
  summary: 'Links a channel by your phone, with a QR code or a code to type.',
  flags,
  run,
})

export const commands: readonly Command[] = [channelLogin]
