// The executable with one constant changed: the key all of WhatsApp's servers prove themselves with is the fake's.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeRoot } from '../fakes/whatsapp-noise.ts'
import { built } from './program.ts'

/** WhatsApp's root key, as Baileys has it. */
const real = '142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b'

/** Writes the executable that trusts the fake into a folder; answers its path. */
export function trusting(dir: string): string {
  const bytes = readFileSync(built())
  let changed = 0
  for (let at = bytes.indexOf(real); at >= 0; at = bytes.indexOf(real, at + 1)) {
    bytes.write(fakeRoot, at, 'latin1')
    changed++
  }
  if (!changed) throw new Error("the executable does not hold WhatsApp's root key")
  const path = join(dir, 'oclaw-trusting')
  writeFileSync(path, bytes)
  chmodSync(path, 0o755)
  return path
}
