// A gateway and a browser that looks at it: the executable, a fake model behind it, and Chromium in front.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'bun:test'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import type { Reply } from '../fakes/model-script.ts'
import { gateway, merged, modelConfig, type GatewayOptions } from '../e2e/harness.ts'
import { root } from '../e2e/program.ts'
import { browser, chromium } from '../peer/browser.ts'

const program = chromium()
if (!program) console.log('skipped: there is no Chromium here, which the tests of the Control UI need')

/** Whether there is a browser to test in. */
export const able = program !== undefined

/** A test that needs a browser. */
export const ui = test.skipIf(!able)

/** Longest time of one test, in ms. */
export const slow = 60_000

/** How a rig is made. */
export interface RigOptions extends GatewayOptions {
  /** What the model answers; the built-in demo model answers without it. */
  readonly model?: Reply
  /** Names that lead to this machine, in the browser only. */
  readonly names?: readonly string[]
}

/** Starts a gateway and a browser. Use with `await using`. */
export async function rig(options: RigOptions = {}) {
  const model = options.model ? fakeAnthropic({ reply: options.model }) : undefined
  const config = merged(
    model ? modelConfig('anthropic-messages', model.url) : {},
    typeof options.config === 'object' ? options.config : {},
  )
  const gw = await gateway({ ...options, config })
  const names = (options.names ?? []).map((name) => `MAP ${name} 127.0.0.1`).join(',')
  const page = await browser(program ?? '', names ? [`--host-resolver-rules=${names}`] : [])
  await page.size(1280, 800)
  return {
    gw,
    page,
    model,
    /** Opens a page, signed in. */
    async open(path = '', address = gw.url) {
      await page.go(`${address}/${path}${path.includes('#') ? '' : `#token=${gw.token}`}`)
      await page.shows(/Dashboard/)
      await page.until('the connection', `document.querySelector('.lamp.open') !== null`)
    },
    /** Goes to another page by its link. */
    async visit(name: string) {
      await page.click(`nav a[href$="/${name}"]`)
      await page.until(name, `document.querySelector('main.at-${name || 'dashboard'} h1') !== null`)
    },
    async [Symbol.asyncDispose]() {
      await page[Symbol.asyncDispose]()
      await gw[Symbol.asyncDispose]()
      await model?.[Symbol.asyncDispose]()
    },
  }
}

export type Rig = Awaited<ReturnType<typeof rig>>

/** Every page by its address. */
export const pages = [
  '',
  'chat',
  'sessions',
  'approvals',
  'channels',
  'agents',
  'models',
  'cron',
  'skills',
  'webhooks',
  'devices',
  'config',
  'logs',
  'activity',
] as const

/** Where pictures of pages are kept. */
export function pictureFolder(): string {
  const path = join(root, 'test-output', 'ui')
  if (!existsSync(path)) mkdirSync(path, { recursive: true })
  return path
}
