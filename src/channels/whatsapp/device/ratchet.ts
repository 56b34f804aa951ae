// Mends libsignal: an attempt to decrypt with the wrong session must leave that session as it was.
//
// A person and we may share several sessions, and a message does not say which one it is of: libsignal tries them, the
// one used last first. Each attempt steps the session's ratchet before the message is verified, and all sessions are
// stored once one of them fits. So the wrong ones would be stored a step ahead of the other side, for ever: nobody could
// read what we send with them, nor we what comes. Sessions multiply whenever Baileys looks up somebody's devices anew, as
// it does after every start.
import type { SessionCipher } from 'libsignal'

/** A session, as far as we need to know it: what is in it can be written down and read again. */
interface Entry {
  constructor: { deserialize(written: unknown): Entry }
  serialize(): unknown
}

interface Cipher {
  doDecryptWhisperMessage(message: Uint8Array, session: Entry | undefined): Promise<Uint8Array>
}

/** Makes every attempt of libsignal to decrypt undo itself when it fails. */
export function mendRatchet(kind: typeof SessionCipher): void {
  const cipher = kind.prototype as unknown as Cipher
  const attempt = Object.getOwnPropertyDescriptor(cipher, 'doDecryptWhisperMessage')?.value as
    Cipher['doDecryptWhisperMessage'] | undefined
  if (!attempt) throw new Error('libsignal does not decrypt the way it did')
  cipher.doDecryptWhisperMessage = async function (message, session) {
    const before = session?.serialize()
    try {
      return await attempt.call(this, message, session)
    } catch (error) {
      if (session) Object.assign(session, session.constructor.deserialize(before))
      throw error
    }
  }
}
