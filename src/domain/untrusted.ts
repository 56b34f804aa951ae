// Marks text that came from outside, so that a model can tell it from what its people say.
import { randomText } from '../lib/ids.ts'

/** The text between marks that nobody outside can write: their id is made anew each time. */
export function untrusted(what: string, text: string): string {
  const id = randomText(12)
  const safe = text.replaceAll(/<(\/?)untrusted/gi, '‹$1untrusted')
  return `<untrusted id="${id}" what="${what.replaceAll(/["<>\n]/g, ' ')}">\n${safe}\n</untrusted id="${id}">`
}
