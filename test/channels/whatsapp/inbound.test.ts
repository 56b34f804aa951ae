// Recorded messages of linked devices and notifications of the Cloud API, each a file beside what it must become.
import { Glob } from 'bun'
import { proto } from 'baileys'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { toNews, type Me as CloudMe } from '../../../src/channels/whatsapp/cloud/inbound.ts'
import { toInbound, type Envelope, type Me } from '../../../src/channels/whatsapp/device/inbound.ts'

interface Case {
  readonly name: string
  readonly me: Me
  readonly envelope: Omit<Envelope, 'message'>
  readonly message: Readonly<Record<string, unknown>>
  readonly expected: unknown
}

interface CloudCase {
  readonly name: string
  readonly me: CloudMe
  readonly body: unknown
  readonly expected: unknown
}

const casesIn = async <T>(folder: string) => {
  const dir = join(import.meta.dir, folder)
  const files = [...new Glob('*.json').scanSync(dir)].sort()
  return Promise.all(files.map(async (file) => (await Bun.file(join(dir, file)).json()) as T))
}

/** Bytes as JSON holds them. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (_, v: unknown) =>
      typeof v === 'object' && v !== null && 'type' in v && v.type === 'Buffer' && 'data' in v
        ? Buffer.from(v.data as number[]).toString('base64')
        : v,
    ),
  )

const device = await casesIn<Case>('cases')
const cloud = await casesIn<CloudCase>('cloud-cases')

test('there are cases', () => {
  expect(device.length).toBeGreaterThanOrEqual(40)
  expect(cloud.length).toBeGreaterThanOrEqual(25)
})

for (const { name, me, envelope, message, expected } of device)
  test(name, () => {
    const given = { ...envelope, message: proto.Message.fromObject(message) }
    const before = JSON.stringify(given)
    expect(plain(toInbound(given, me))).toEqual(expected)
    expect(JSON.stringify(given)).toBe(before)
  })

for (const { name, me, body, expected } of cloud)
  test(`Cloud API: ${name}`, () => {
    expect(plain(toNews(body, me))).toEqual(expected)
  })
