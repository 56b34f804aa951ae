// Where a browser may go: http and https only, names looked up and judged before anything connects.
import { addressOf, checkedUrl, type AddressRule } from '../../lib/fetch.ts'
import { Fault } from '../../lib/fault.ts'
import type { BrowserPolicy } from '../../define/browser.ts'
import type { FetchGuard } from '../../lib/fetch.ts'

/** Decides about addresses. */
export interface Gate {
  /** The address a connection to this host must be made to. Throws a Fault that says why there is none. */
  resolve(host: string, signal: AbortSignal): Promise<string>
  /** Throws a Fault unless a page of this address may be opened. */
  check(url: string, signal: AbortSignal): Promise<void>
}

/** Whether a host name is on a list of names and `*.` patterns. */
export function hostListed(list: readonly string[], host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return list.some((entry) => {
    const rule = entry.trim().toLowerCase()
    return rule.startsWith('*.') ? name.endsWith(rule.slice(1)) : name === rule
  })
}

/** Pages that hold nothing of this machine; everything else that is not http or https is refused. */
const harmless = /^(about:blank(#.*)?|about:srcdoc|blob:https?:.*|chrome-error:.*|)$/i

/** Whether a page with this address may be looked at. */
export const mayShow = (url: string): boolean => /^https?:/i.test(url) || harmless.test(url) || /^data:/i.test(url)

/** A gate by these rules; names are looked up by `lookup`. */
export function gate(policy: BrowserPolicy, lookup: FetchGuard['lookup']): Gate {
  const ruleFor = (host: string): AddressRule => {
    const always = hostListed(policy.always, host)
    if (policy.only.length && !always && !hostListed(policy.only, host))
      throw new Fault(
        'FORBIDDEN',
        `${host} is not on the list of hosts that may be visited (browser.ssrfPolicy.hostnameAllowlist)`,
      )
    return { lookup, allowPrivate: policy.allowPrivate || always, opens: 'browser.ssrfPolicy' }
  }
  return {
    async resolve(host, signal) {
      const url = checkedUrl(
        `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}/`,
        ruleFor(host),
      )
      return addressOf(url, ruleFor(host), signal)
    },
    async check(text, signal) {
      if (/^about:blank$/i.test(text)) return
      const parsed = URL.parse(text)
      if (!parsed)
        throw new Fault('INVALID_REQUEST', `"${text.slice(0, 200)}" is not an address; it begins with https://`)
      if (!/^https?:$/.test(parsed.protocol))
        throw new Fault('FORBIDDEN', `only http and https pages can be opened, not ${parsed.protocol}`)
      const host = parsed.hostname.replace(/^\[|\]$/g, '')
      const url = checkedUrl(text, ruleFor(host))
      await addressOf(url, ruleFor(host), signal)
    },
  }
}
