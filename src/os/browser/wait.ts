// Waiting for a page: for a time, a text, an element, an address, or whatever a script says.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { called, run, until } from './page-script.ts'
import { maybeNumber, maybeWord, type RouteWorld } from './route.ts'
import type { Tab } from './tab.ts'

/** Longest wait unless it says so, in ms. */
const waitMs = 20_000

/** What may be waited for. */
export const Wait = z.object({
  timeMs: maybeNumber,
  text: maybeWord,
  textGone: maybeWord,
  selector: maybeWord,
  url: maybeWord,
  loadState: z.enum(['load', 'domcontentloaded', 'networkidle']).optional(),
  fn: maybeWord,
  timeoutMs: maybeNumber,
})

/** An address as it is written, or with `*` and `**`; without either, a part of it. */
export function urlMatches(pattern: string, url: string): boolean {
  if (pattern === url) return true
  if (!pattern.includes('*')) return url.includes(pattern)
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll(/\*+/g, (s) => (s.length > 1 ? '.*' : '[^/]*'))}$`).test(url)
}

const visible = (selector: string) =>
  `(() => { const e = document.querySelector(${JSON.stringify(selector)}); return Boolean(e && (e.checkVisibility?.({ visibilityProperty: true }) ?? e.getClientRects().length)) })()`

/** Waits until all that is asked for is there. Throws TIMEOUT with what is not. */
export async function wait(tab: Tab, p: z.output<typeof Wait>, x: RouteWorld): Promise<void> {
  const { clock, settings } = x.browsers.parts
  const how = { clock, timeoutMs: p.timeoutMs ?? waitMs, signal: x.signal }
  const main = () => tab.page.mainFrame()
  if (p.fn && !settings.evaluate) throw evaluateOff('wait --fn')
  const asked = [p.timeMs, p.text, p.textGone, p.selector, p.url, p.loadState, p.fn]
  if (asked.every((a) => a === undefined))
    throw new Fault(
      'INVALID_REQUEST',
      'wait requires at least one of: timeMs, text, textGone, selector, url, loadState, fn',
    )
  const shows = (text: string) => `(document.body?.innerText ?? '').includes(${JSON.stringify(text)})`
  if (p.timeMs !== undefined) await clock.sleep(Math.max(0, p.timeMs), x.signal)
  if (p.text) await until(`the text "${p.text}"`, () => run(main(), shows(p.text as string)), how)
  if (p.textGone)
    await until(`the text "${p.textGone}" to go`, () => run(main(), `!${shows(p.textGone as string)}`), how)
  if (p.selector) await until(`${p.selector} to be seen`, () => run(main(), visible(p.selector as string)), how)
  if (p.url) await until(`the address ${p.url}`, async () => urlMatches(p.url as string, tab.page.url()), how)
  if (p.loadState === 'networkidle') await tab.page.waitForNetworkIdle({ timeout: how.timeoutMs })
  else if (p.loadState) {
    const ready = p.loadState === 'load' ? `=== 'complete'` : `!== 'loading'`
    await until(p.loadState, () => run(main(), `document.readyState ${ready}`), how)
  }
  if (p.fn) await until('the condition', () => run(main(), called(p.fn as string)), how)
}

/** The refusal of scripts where the config forbids them. */
export const evaluateOff = (what: string): Fault =>
  new Fault('FORBIDDEN', `${what} is disabled: the config says browser.evaluateEnabled=false`)
