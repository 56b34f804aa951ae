// The install script of a release: who signs it and, where that is known, where it is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What stands before the 32 bytes of an Ed25519 key in the form OpenSSL reads: https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

/** The script; `key` is the public key as base64 of its 32 bytes, `from` the address of the newest release. */
export const installer = (key: string, from = ''): string =>
  readFileSync(join(import.meta.dir, 'install.sh'), 'utf8')
    .replace('@KEY@', Buffer.concat([spki, Buffer.from(key, 'base64')]).toString('base64'))
    .replace('@FROM@', from)
