// A device at the door, and what is decided about it.

/** A device that wants in, its key and signature proven. */
export interface DeviceClaim {
  readonly id: string
  readonly publicKey: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly about: Readonly<Record<string, string>>
  /** Whether it connects from this machine itself and has shown the shared secret. */
  readonly local: boolean
  /** Whether it has shown the shared secret. */
  readonly secret: boolean
}

/** The verdict on a device. */
export type DeviceVerdict =
  | { readonly kind: 'known'; readonly scopes: readonly string[]; readonly token: string; readonly issuedAt: number }
  | { readonly kind: 'pending'; readonly request: string }
