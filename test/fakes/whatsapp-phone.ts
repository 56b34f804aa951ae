// The phone that owns the account: it scans QR codes and takes pairing codes, as WhatsApp's app does.
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  BufferJSON,
  Curve,
  derivePairingCodeKey,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  hkdf,
  hmacSign,
  initAuthCreds,
  proto,
  type BinaryNode,
} from 'baileys'
import { randomBytes } from 'node:crypto'

const bytesOf = (node: BinaryNode | undefined, child: string): Buffer => {
  const found = node && getBinaryNodeChildBuffer(node, child)
  if (!found) throw new Error(`<${child}> is missing`)
  return Buffer.from(found)
}

/** A phone: its identity, and what it does to link a device. */
export function phone() {
  const identity = Curve.generateKeyPair()
  const ephemeral = Curve.generateKeyPair()

  /** The stanza that tells a device that it is linked. `adv` is the secret only device and phone know. */
  function success(device: { jid: string; lid: string; identity: Uint8Array; adv: Uint8Array }): BinaryNode {
    const details = proto.ADVDeviceIdentity.encode({ rawId: 1, timestamp: 1, keyIndex: 1 }).finish()
    const signed = Buffer.concat([Buffer.from([6, 0]), details, device.identity])
    const account = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: identity.public,
      accountSignature: Curve.sign(identity.private, signed),
    }).finish()
    const hmac = hmacSign(Buffer.from(account), Buffer.from(device.adv))
    return {
      tag: 'iq',
      attrs: { from: 's.whatsapp.net', type: 'set', id: 'pair-success-1' },
      content: [
        {
          tag: 'pair-success',
          attrs: {},
          content: [
            {
              tag: 'device-identity',
              attrs: {},
              content: proto.ADVSignedDeviceIdentityHMAC.encode({ details: account, hmac }).finish(),
            },
            { tag: 'device', attrs: { jid: device.jid, lid: device.lid } },
            { tag: 'platform', attrs: { name: 'android' } },
          ],
        },
      ],
    }
  }

  return {
    identity,
    success,
    /** What a QR code says; throws when WhatsApp's app would call it invalid. */
    scan(text: string) {
      const [ref, noiseKey, deviceIdentity, adv] = (text.split('#')[1] ?? '').split(',')
      if (!ref || !noiseKey || !deviceIdentity || !adv) throw new Error('no QR code of WhatsApp')
      return { ref, identity: Buffer.from(deviceIdentity, 'base64'), adv: Buffer.from(adv, 'base64') }
    },
    /** A typed code: the answer to the device's companion_hello, once its wrapped key opens with the code. */
    async typed(code: string, hello: BinaryNode): Promise<BinaryNode> {
      const salt = randomBytes(32)
      const iv = randomBytes(16)
      const key = await derivePairingCodeKey(code, salt)
      const wrapped = Buffer.concat([salt, iv, aesEncryptCTR(ephemeral.public, key, iv)])
      const reg = (tag: string, content: Uint8Array): BinaryNode => ({ tag, attrs: {}, content })
      if (!getBinaryNodeChild(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub')) throw new Error('no hello')
      return {
        tag: 'notification',
        attrs: { from: 's.whatsapp.net', type: 'link_code_companion_reg', id: 'link-1', t: '1' },
        content: [
          {
            tag: 'link_code_companion_reg',
            attrs: { stage: 'primary_hello' },
            content: [
              reg('link_code_pairing_wrapped_primary_ephemeral_pub', wrapped),
              reg('primary_identity_pub', identity.public),
              reg('link_code_pairing_ref', Buffer.from('link-ref')),
            ],
          },
        ],
      }
    },
    /** The secret of a device that answered by companion_finish; throws when it used another code. */
    async finish(code: string, hello: BinaryNode, last: BinaryNode): Promise<{ identity: Buffer; adv: Uint8Array }> {
      const wrapped = bytesOf(hello, 'link_code_pairing_wrapped_companion_ephemeral_pub')
      const key = await derivePairingCodeKey(code, wrapped.subarray(0, 32))
      const theirs = aesDecryptCTR(wrapped.subarray(48, 80), key, wrapped.subarray(32, 48))
      const shared = Curve.sharedKey(ephemeral.private, theirs)
      const bundle = bytesOf(last, 'link_code_pairing_wrapped_key_bundle')
      const expanded = hkdf(shared, 32, {
        salt: bundle.subarray(0, 32),
        info: 'link_code_pairing_key_bundle_encryption_key',
      })
      const open = aesDecryptGCM(bundle.subarray(44), Buffer.from(expanded), bundle.subarray(32, 44), Buffer.alloc(0))
      const companion = open.subarray(0, 32)
      const secret = Buffer.concat([shared, Curve.sharedKey(identity.private, companion), open.subarray(64, 96)])
      return { identity: companion, adv: hkdf(secret, 32, { info: 'adv_secret' }) }
    },
  }
}

/** Registration id and keys a new device shows in its first payload. */
export function shown(payload: proto.ClientPayload) {
  const d = payload.devicePairingData
  if (!d?.eIdent || !d.eSkeyVal || !d.eSkeySig || !d.eRegid || !d.eSkeyId) throw new Error('no keys of a new device')
  return {
    registrationId: Buffer.from(d.eRegid).readUInt32BE(),
    identity: d.eIdent,
    signed: { id: Buffer.from(d.eSkeyId).readUIntBE(0, 3), key: d.eSkeyVal, signature: d.eSkeySig },
  }
}

/** The rows of an account whose device is linked already; `register` makes it known to the server. */
export function linkedRows(
  mobile: ReturnType<typeof phone>,
  register: (keys: ReturnType<typeof shown>, noiseKey: Uint8Array) => { readonly jid: string; readonly lid: string },
): Map<string, string> {
  const creds = initAuthCreds()
  const { keyId: id, keyPair, signature } = creds.signedPreKey
  const { registrationId, signedIdentityKey } = creds
  const keys = { registrationId, identity: signedIdentityKey.public, signed: { id, key: keyPair.public, signature } }
  const { jid, lid } = register(keys, creds.noiseKey.public)
  const account = {
    details: Buffer.from([8, 1]),
    accountSignatureKey: mobile.identity.public,
    accountSignature: Curve.sign(mobile.identity.private, Buffer.from([6, 0])),
    deviceSignature: Buffer.alloc(64, 1),
  }
  const linked = { ...creds, me: { id: jid, lid, name: 'Owner' }, account, accountSyncCounter: 1 }
  return new Map([['cred', JSON.stringify(linked, BufferJSON.replacer)]])
}
