// Addresses of this machine.
import { networkInterfaces } from 'node:os'

/** Its address on the tailnet (100.64.0.0/10); undefined when it is on none. */
export function tailnetAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((i) => i?.family === 'IPv4' && /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(i.address))?.address
}
