// What every channel must do, told once: run `channelContract` with the channel and its fake platform.
import { afterEach, describe, expect, test } from 'bun:test'
import type { z } from 'zod'
import type { Channel } from '../../src/define/channel.ts'
import type { Address } from '../../src/domain/address.ts'
import { splitText } from '../../src/lib/split.ts'
import { faultOf, outbound, run, type Running } from './running.ts'

/** A channel's fake platform, as the contract needs it. */
export interface PlatformRig extends AsyncDisposable {
  /** The config of an account that talks to the fake. */
  readonly account: Readonly<Record<string, unknown>>
  /** What the account has stored before it first connects: the credentials of one that is linked by a phone. */
  readonly state?: ReadonlyMap<string, string>
  /** Hears of each connection, for platforms that call us. */
  attach?(going: Running): void
  /** A direct chat with a person, on account `default`. */
  readonly chat: Address
  /** The person writes. */
  says(text: string): void
  /** The platform tells everything again that it told before. */
  redeliver(): void
  /** The platform echoes something the bot said itself. */
  echo(text: string): void
  /** Whether the connection listens right now. */
  listening(): boolean
  /** How many requests the platform has seen. */
  requests(): number
  /** What the bot has said in the chat. */
  said(): readonly string[]
  /** What happens to the next message sent. */
  next(trouble: 'limited' | 'refused' | 'failed' | 'cut'): void
  down(): Promise<void>
  up(): Promise<void>
}

/** Runs the contract of channels. */
export function channelContract<A extends z.ZodObject>(
  channel: Channel<string, A>,
  start: () => Promise<PlatformRig>,
  title: string = channel.id,
): void {
  const never = new AbortController().signal
  const open: AsyncDisposable[] = []
  const connect = async (rig: PlatformRig, kept: Parameters<typeof run>[2] = {}) => {
    const going = await run(channel, rig.account, kept)
    open.push(going)
    rig.attach?.(going)
    return going
  }
  const rigged = async () => {
    const rig = await start()
    open.push(rig)
    const going = await connect(rig, rig.state ? { state: new Map(rig.state) } : {})
    await going.until('the connection listens', () => rig.listening())
    return { rig, going }
  }
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
  })

  describe(`channel ${title}`, () => {
    test('an account with nothing in it says what is missing', async () => {
      const missing = channel.missing(channel.account.parse({}))
      // What is linked by a phone needs nothing in the config; there it is the connection that says so.
      if (channel.login && missing === undefined)
        expect((await faultOf(run(channel, {}))).message).toContain(`not linked: run \`oclaw channels login --channel`)
      else expect(missing).toContain('not configured')
    })

    test('connecting tells who we are and that we are online', async () => {
      const { going } = await rigged()
      expect(going.connection.me.id).not.toBe('')
      expect(going.statuses).toContain('online')
    })

    test('a message is handed over once, though it is told twice', async () => {
      const { rig, going } = await rigged()
      rig.says('hello there')
      await going.until('the message', () => going.received.length === 1)
      rig.redeliver()
      rig.says('and again')
      await going.until('the second message', () => going.received.some((m) => m.text === 'and again'))
      expect(going.received.map((m) => m.text)).toEqual(['hello there', 'and again'])
      expect(going.received[0]).toMatchObject({ to: rig.chat, kind: 'direct', addressed: true })
    })

    test('messages keep their order', async () => {
      const { rig, going } = await rigged()
      const texts = Array.from({ length: 50 }, (_, i) => `number ${i}`)
      for (const text of texts) rig.says(text)
      await going.until('all of them', () => going.received.length === texts.length)
      expect(going.received.map((m) => m.text)).toEqual(texts)
    })

    test('what we said ourselves is not heard', async () => {
      const { rig, going } = await rigged()
      rig.echo('my own words')
      rig.says('words of another')
      await going.until('the message', () => going.received.length > 0)
      expect(going.received.map((m) => m.text)).toEqual(['words of another'])
    })

    test('what could not be stored is told again', async () => {
      const { rig, going } = await rigged()
      going.broken = true
      rig.says('precious')
      await going.until('another try', () => going.refusals >= 2)
      expect(going.received).toEqual([])
      going.broken = false
      await going.until('the message', () => going.received.length === 1)
      expect(going.received[0]?.text).toBe('precious')
    })

    test('one message that could not be stored is not acknowledged with the others', async () => {
      const { rig, going } = await rigged()
      going.broken = 'text 1'
      for (let n = 0; n < 4; n++) rig.says(`text ${n}`)
      await going.until('two tries', () => going.refusals >= 2)
      await going.scope.close()
      const seen = new Set(going.received.map((m) => `${m.to.chat}/${m.id}`))
      const next = await connect(rig, { state: going.state, seen })
      await next.until('the rest', () => next.received.length + going.received.length === 4)
      expect([...going.received, ...next.received].map((m) => m.text)).toEqual(['text 0', 'text 1', 'text 2', 'text 3'])
    })

    test('what was not stored before a crash is told to the next connection', async () => {
      const { rig, going } = await rigged()
      rig.says('stored')
      await going.until('the message', () => going.received.length === 1)
      going.broken = true
      rig.says('lost in the crash')
      await going.scope.close()
      const next = await connect(rig, { state: going.state })
      await next.until('the message', () => next.received.some((m) => m.text === 'lost in the crash'))
      expect(next.received.filter((m) => m.text === 'lost in the crash')).toHaveLength(1)
    })

    test('a long outage is told, and survived', async () => {
      const { rig, going } = await rigged()
      await rig.down()
      await going.until('the news of the outage', () => going.statuses.at(-1) === 'offline')
      await going.clock.advance(3_600_000)
      await rig.up()
      await going.until('the return', () => going.statuses.at(-1) === 'online')
      rig.says('still there?')
      await going.until('the message', () => going.received.length === 1)
      expect(going.failures).toEqual([])
    })

    test('closing leaves nothing behind', async () => {
      const { rig, going } = await rigged()
      await going.scope.close()
      await going.until('nobody listens', () => !rig.listening())
      const before = rig.requests()
      await going.clock.advance(600_000)
      expect(going.scope.open).toEqual([])
      expect(rig.requests()).toBe(before)
    })

    test('pieces within the limits are taken', async () => {
      const { rig, going } = await rigged()
      const text = Array.from({ length: 900 }, (_, i) => `**word${i}** & <more>`).join('\n')
      const pieces = splitText(text, { chars: channel.limits.text, ...linesOf(channel) })
      expect(pieces.length).toBeGreaterThan(2)
      for (const piece of pieces) await going.connection.send(outbound(rig.chat, piece), never)
      expect(rig.said()).toHaveLength(pieces.length)
      expect(rig.said().join(' ')).toContain('word899')
    })

    test('a limit is told with the time to wait', async () => {
      const { rig, going } = await rigged()
      rig.next('limited')
      const fault = await faultOf(going.connection.send(outbound(rig.chat, 'too fast'), never))
      expect(fault.code).toBe('LIMITED')
      expect(fault.more.retryAfterMs).toBeGreaterThan(0)
    })

    test('a refusal is final, a failure of the platform is not', async () => {
      const { rig, going } = await rigged()
      rig.next('refused')
      expect((await faultOf(going.connection.send(outbound(rig.chat, 'no'), never))).retryable).toBe(false)
      rig.next('failed')
      expect((await faultOf(going.connection.send(outbound(rig.chat, 'later'), never))).code).toBe('UNAVAILABLE')
      expect(rig.said()).toEqual([])
    })

    test('a connection lost on the way leaves it open whether the message went', async () => {
      const { rig, going } = await rigged()
      rig.next('cut')
      expect((await faultOf(going.connection.send(outbound(rig.chat, 'who knows'), never))).code).toBe('TIMEOUT')
      await rig.down()
      expect((await faultOf(going.connection.send(outbound(rig.chat, 'nobody there'), never))).code).toBe('UNAVAILABLE')
    })

    test('nothing is not sent', async () => {
      const { rig, going } = await rigged()
      const fault = await faultOf(going.connection.send(outbound(rig.chat, '  \n'), never))
      expect(fault.retryable).toBe(false)
    })
  })
}

const linesOf = (c: { readonly limits: { readonly lines?: number } }) =>
  c.limits.lines === undefined ? {} : { lines: c.limits.lines }
