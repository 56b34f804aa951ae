// Linking an account to a phone: by QR code, by a typed code, anew, and giving the link up.
import { afterEach, expect, test } from 'bun:test'
import type { LoginStep } from '../../../src/define/channel.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { Fault } from '../../../src/lib/fault.ts'
import { contextOf, faultOf, run } from '../../contract/running.ts'
import { fakeWhatsApp } from '../../fakes/whatsapp.ts'
import { closeAll, open } from './setup.ts'

afterEach(closeAll)

/** An account, linked or not, with somebody to link it. */
async function account(state = new Map<string, string>()) {
  const wa = await fakeWhatsApp()
  open.push(wa)
  const made = contextOf(whatsapp, { webSocketUrl: wa.url }, { state })
  open.push({ [Symbol.asyncDispose]: () => made.scope.close() })
  const steps: LoginStep[] = []
  const login = (more: { force?: boolean; phone?: string; onStep?: (step: LoginStep) => void } = {}) => {
    const { onStep, ...how } = more
    return whatsapp.login?.(made.ctx, {
      force: false,
      ...how,
      tell(step) {
        steps.push(step)
        onStep?.(step)
      },
    }) as Promise<void>
  }
  return { wa, steps, login, ...made }
}

const works = async (wa: Awaited<ReturnType<typeof account>>['wa'], state: Map<string, string>) => {
  const going = await run(whatsapp, { webSocketUrl: wa.url }, { state })
  open.push(going)
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  return going
}

test('a scanned code links the account, and messages flow', async () => {
  const { wa, state, steps, login, ctx } = await account()
  expect(whatsapp.linked?.(ctx.state, ctx.account)).toBe(false)
  await login({ onStep: (step) => step.kind === 'qr' && wa.scan(step.text) })
  expect(steps.map((s) => s.kind)).toEqual(['qr', 'note', 'note'])
  expect(steps.at(-1)).toEqual({ kind: 'note', text: `Linked as +${wa.owner.number}.` })
  expect(whatsapp.linked?.(ctx.state, ctx.account)).toBe(true)
  expect([...state.keys()].filter((key) => key.startsWith('key:pre-key:')).length).toBeGreaterThan(100)
  const going = await works(wa, state)
  expect(going.received[0]?.text).toBe('hello')
  expect(wa.refused).toEqual([])
})

test('a typed code links it, too', async () => {
  const { wa, state, steps, login } = await account()
  const typed: Promise<void>[] = []
  await login({
    phone: '+49 151 00000001',
    onStep: (step) => step.kind === 'code' && typed.push(wa.type(step.code.replace('-', ''))),
  })
  await Promise.all(typed)
  expect(steps.map((s) => s.kind)).toEqual(['code', 'note', 'note'])
  expect(steps[0]).toEqual({ kind: 'code', code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/) })
  await works(wa, state)
})

test('messages that come while the account is linked wait for the connection', async () => {
  const { wa, state, login } = await account()
  await login({ onStep: (step) => step.kind === 'qr' && wa.scan(step.text) })
  wa.says('ann', 'first of all')
  await wa.mail.settled()
  const going = await works(wa, state)
  expect(going.received.map((m) => m.text)).toContain('first of all')
})

test('what is linked stays so, unless it is forced', async () => {
  const { wa, state, steps, login } = await account()
  const scan = (step: LoginStep) => step.kind === 'qr' && wa.scan(step.text)
  await login({ onStep: scan })
  const before = state.get('cred')
  await login({ onStep: scan })
  expect(steps.at(-1)).toEqual({ kind: 'note', text: `Already linked as +${wa.owner.number}.` })
  expect(state.get('cred')).toBe(before)
  const old = wa.device?.jid
  await login({ force: true, onStep: scan })
  expect(wa.device?.jid).not.toBe(old)
  expect(wa.removed).toEqual([old as string])
  await works(wa, state)
})

test('nobody who scans is a failure that leaves nothing behind', async () => {
  const { state, login, clock } = await account()
  // Time passes once the first code is shown; nobody looks at it.
  const failed = await faultOf(login({ onStep: () => void clock.advance(600_000) }))
  expect(failed.message).toContain('run `oclaw channels login --channel whatsapp` again')
  expect([...state.keys()]).toEqual([])
})

test('a number that is none is refused before anything happens', async () => {
  const { login, wa } = await account()
  expect((await faultOf(login({ phone: 'ann' }))).message).toContain('"ann" is no phone number')
  expect(wa.stanzas).toEqual([])
})

test('linking ends with its scope', async () => {
  const { login, scope, state } = await account()
  const failed = login().then(
    () => undefined,
    (error: unknown) => error,
  )
  await scope.close(new Fault('CANCELLED', 'enough'))
  expect(await failed).toMatchObject({ code: 'CANCELLED' })
  expect([...state.keys()]).toEqual([])
})

test('logging out tells WhatsApp and forgets all', async () => {
  const { wa, state, login, ctx } = await account()
  await login({ onStep: (step) => step.kind === 'qr' && wa.scan(step.text) })
  const jid = wa.device?.jid
  await whatsapp.logout?.(ctx)
  expect(wa.removed).toEqual([jid as string])
  expect([...state.keys()]).toEqual([])
  await whatsapp.logout?.(ctx)
})

test('logging out works without WhatsApp, too', async () => {
  const { wa, state, login, ctx } = await account()
  await login({ onStep: (step) => step.kind === 'qr' && wa.scan(step.text) })
  await wa.down()
  await whatsapp.logout?.(ctx)
  expect([...state.keys()]).toEqual([])
})

test('an account of the Cloud API has no phone to be linked to', async () => {
  const { ctx } = await account()
  const cloud = { ...ctx, account: whatsapp.account.parse({ cloud: { phoneNumberId: '1' } }) }
  expect(whatsapp.linked?.(cloud.state, cloud.account)).toBe(true)
  expect((await faultOf(whatsapp.login?.(cloud, { force: false, tell: () => undefined }) as Promise<void>)).code).toBe(
    'INVALID_REQUEST',
  )
})
