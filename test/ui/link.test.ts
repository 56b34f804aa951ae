// Codes on the page: a phone scans one and links WhatsApp, another machine takes one and is a node.
import { expect } from 'bun:test'
import { encode } from 'uqr'
import { folder, run, until } from '../e2e/program.ts'
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

interface Listed {
  readonly paired: readonly {
    readonly deviceId: string
    readonly displayName?: string
    readonly tokens: readonly { readonly rotatedAtMs?: number }[]
  }[]
}

ui(
  'a machine takes the code the page makes and is a node, until it is given a new token',
  async () => {
    await using r = await rig()
    const { page, gw } = r
    await r.open('devices')
    await page.choose('Add a phone or machine')
    await page.choose('Make a code', 'dialog')
    await page.shows(/only this machine can reach the gateway/)
    await page.write('Where it reaches this gateway', `http://127.0.0.1:${gw.port}`, 'dialog')
    await page.choose('Make a code', 'dialog')
    await page.until('the code', `document.querySelector('img.qr')?.complete`)
    await page.shows(new RegExp(`Leads to\\s+ws://127.0.0.1:${gw.port}[\\s\\S]*Good for\\s+(10 min|9 min)`))
    const command = await page.value<string>(`document.querySelector('dialog .command code').innerText`)
    const code = /^oclaw node run --setup-code (\S+)$/.exec(command)?.[1] ?? ''
    const wanted = encode(code, { border: 0 })
    expect(await page.value<boolean[][]>(cells(wanted.size))).toEqual(wanted.data)
    using home = folder()
    const node = run(home.path, ['node', 'run', '--display-name', 'Attic', '--setup-code', code])
    try {
      await page.press('Escape')
      await page.until(
        'the node',
        `[...document.querySelectorAll('.rows li')].some((x) => x.innerText.startsWith('Attic'))`,
      )
      const rotated = async () =>
        (await gw.call<Listed>('device.pair.list')).paired.find((d) => d.displayName === 'Attic')?.tokens[0]
          ?.rotatedAtMs
      expect(await rotated()).toBeUndefined()
      await page.tap('.rows li .button', 'New token')
      await page.shows(/Attic is signed out at once, and has to be given the new token/)
      await page.choose('New token', 'dialog')
      await page.shows(/Its new token, shown this once:/)
      expect(await page.value<boolean>(`document.querySelector(".rows .command code").innerText.length > 20`)).toBe(
        true,
      )
      expect(await rotated()).toBeGreaterThan(0)
    } finally {
      node.child.kill()
      await node.exited
    }
    expect(page.trouble).toEqual([])
  },
  slow,
)
