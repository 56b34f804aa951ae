// A linked device that runs against a WhatsApp server, and what its tests share.
import type { Address } from '../../../src/domain/address.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { run } from '../../contract/running.ts'
import { fakeFiles } from '../../fakes/whatsapp-files.ts'
import { fakeWhatsApp } from '../../fakes/whatsapp.ts'

/** Whatever must be closed after a test, newest last. */
export const open: AsyncDisposable[] = []

/** Closes what a test opened. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
}

export const never = new AbortController().signal

/** A server, a linked device on it, and a chat with Ann. */
export async function device(more: Readonly<Record<string, unknown>> = {}) {
  const wa = await fakeWhatsApp()
  const files = fakeFiles()
  open.push(wa, files)
  const state = wa.link()
  const account = { webSocketUrl: wa.url, mediaUrl: files.url, ...more }
  const connect = async (kept: { state?: Map<string, string>; seen?: Set<string> } = { state }) => {
    const going = await run(whatsapp, account, kept)
    open.push(going)
    return going
  }
  const going = await connect()
  const at = (chat: string): Address => ({ channel: 'whatsapp', account: 'default', chat })
  const ann = at(`+${wa.user('ann').number}`)
  return { wa, files, state, account, going, connect, at, ann }
}

export const groupId = '120363000000000001@g.us'
