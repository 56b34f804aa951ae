// The addresses of this machine.
import { networkInterfaces } from 'node:os'

const isPrivate = (ip: string) => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(ip)

/** The address of this machine on its local network; undefined when it has none. */
export function lanAddress(): string | undefined {
  const all = Object.values(networkInterfaces())
    .flat()
    .flatMap((i) => (i?.family === 'IPv4' && !i.internal ? [i.address] : []))
  return all.find(isPrivate) ?? all[0]
}
