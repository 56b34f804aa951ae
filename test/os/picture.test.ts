// Pictures as models take them, over real encoders.
import { expect, test } from 'bun:test'
import { fitted, pictures } from '../../src/os/picture.ts'
import { noise } from './noise.ts'

const sizeOf = async (bytes: Uint8Array<ArrayBuffer>) => new Bun.Image(bytes).metadata()

test('one that is small already stays as it is, byte for byte', async () => {
  const png = { mime: 'image/png', bytes: new Uint8Array(await new Bun.Image(noise(60)).png().bytes()) }
  expect(await fitted(png, 1200)).toBe(png)
})

test('a side that is too long is shortened, the form stays', async () => {
  const bytes = new Uint8Array(await new Bun.Image(noise(900)).resize(900, 300).jpeg().bytes())
  const made = await fitted({ mime: 'image/jpeg', bytes }, 600)
  expect(made.mime).toBe('image/jpeg')
  expect(await sizeOf(made.bytes)).toMatchObject({ width: 600, height: 200, format: 'jpeg' })
})

test('what is still too many bytes becomes a JPEG that is not', async () => {
  const bytes = new Uint8Array(await new Bun.Image(noise(1500)).png().bytes())
  expect(bytes.length).toBeGreaterThan(5_000_000)
  const made = await fitted({ mime: 'image/png', bytes }, 1400)
  expect(made.mime).toBe('image/jpeg')
  expect(made.bytes.length).toBeLessThan(3_750_000)
  expect(await sizeOf(made.bytes)).toMatchObject({ width: 1400, height: 1400 })
})

test('forms that models do not read become PNG', async () => {
  const made = await fitted({ mime: 'image/bmp', bytes: noise(50) }, 1200)
  expect(made.mime).toBe('image/png')
  expect(await sizeOf(made.bytes)).toMatchObject({ width: 50, height: 50, format: 'png' })
})

test('what is no picture is refused; a name that promises one is left to the server', async () => {
  const bytes = new TextEncoder().encode('no picture')
  expect(await fitted({ mime: 'image/heic', bytes }, 1200).catch((error: unknown) => error)).toBeInstanceOf(Error)
  expect((await fitted({ mime: 'image/png', bytes }, 1200)).bytes).toBe(bytes)
})

test('one is made once as long as it is kept, and read again when it could not be', async () => {
  let reads = 0
  const { stored: shown } = pictures(async () => {
    if (++reads === 1) throw new Error('not yet')
    return new Uint8Array(await new Bun.Image(noise(80)).png().bytes())
  })
  const ref = { id: 'a', mime: 'image/png' }
  expect(String(await shown(ref, 40).catch((error: unknown) => error))).toContain('not yet')
  const first = await shown(ref, 40)
  expect(await shown(ref, 40)).toBe(first)
  expect(await sizeOf(first.bytes)).toMatchObject({ width: 40 })
  expect(reads).toBe(2)
})
