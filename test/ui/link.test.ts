// Linking WhatsApp from the page: its code is shown as a picture, a phone scans it, and the account talks.
import { expect } from 'bun:test'
import { encode } from 'uqr'
import { until } from '../e2e/program.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'
import { pictureFolder, rig, slow, ui } from './rig.ts'

/** The dark cells of the picture, as the page shows it: `size` cells a side. */
const cells = (size: number) => `(async () => {
  const image = document.querySelector('img.qr')
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalWidth })
  const ink = canvas.getContext('2d')
  ink.drawImage(image, 0, 0)
  const { data } = ink.getImageData(0, 0, canvas.width, canvas.height)
  const dark = (x, y) => data[4 * (y * canvas.width + x)] < 128
  const all = Array.from({ length: canvas.width }, (_, i) => i)
  const first = all.find((i) => all.some((j) => dark(i, j)))
  const last = all.findLast((i) => all.some((j) => dark(i, j)))
  const cell = (last - first + 1) / ${size}
  const at = (i) => Math.floor(first + (i + 0.5) * cell)
  return Array.from({ length: ${size} }, (_, y) => Array.from({ length: ${size} }, (_, x) => dark(at(x), at(y))))
})()`

ui(
  'a phone scans the code on the page, the page says so, and a message is answered',
  async () => {
    await using wa = await fakeWhatsApp()
    const whatsapp = { webSocketUrl: wa.url, dmPolicy: 'open', allowFrom: ['*'] }
    await using r = await rig({ config: { channels: { whatsapp } } })
    await r.open('channels')
    await r.page.shows(/not linked/i)
    await r.page.choose('Link by phone')
    await r.page.until('the code', `document.querySelector('img.qr')?.complete`)
    const { qr = '' } = await r.gw.call<{ qr?: string }>('web.login.wait', { channel: 'whatsapp', timeoutMs: 1 })
    const wanted = encode(qr, { border: 0 })
    expect(await r.page.value<boolean[][]>(cells(wanted.size))).toEqual(wanted.data)
    await Bun.write(`${pictureFolder()}/dialog-channels-code.png`, await r.page.picture())
    wa.scan(qr)
    await r.page.shows(/WhatsApp is linked/)
    expect(await r.page.value<boolean>(`document.querySelector('img.qr') === null`)).toBe(true)
    await r.page.press('Escape')
    await r.page.shows(/Running|Connected/)
    wa.says('ann', 'hello from the phone')
    await until('the answer', () => JSON.stringify(wa.sent).includes('You said: hello from the phone'))
    expect(r.page.trouble).toEqual([])
  },
  slow,
)
