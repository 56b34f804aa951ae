// The addresses of this machine.
import { networkInterfaces } from 'node:os'

const isPrivate = (ip: string) => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(ip)

const all = () =>
  Object.values(networkInterfaces())
    .flat()
    .flatMap((i) => (i?.family === 'IPv4' && !i.internal ? [i.address] : []))

/** The address of this machine on its local network; undefined when it has none. */
export function lanAddress(): string | undefined {
  const mine = all()
  return mine.find(isPrivate) ?? mine[0]
}

/** Its address on the tailnet (100.64.0.0/10); undefined when it is on none. */
export const tailnetAddress = (): string | undefined =>
  all().find((ip) => /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(ip))
