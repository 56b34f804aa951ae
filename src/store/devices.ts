// The devices table: clients and nodes known by their key, and those that ask to be.
import type { Db, Row } from './db.ts'

/** A token of one role; only its hash is kept. Times in ms. */
export interface DeviceToken {
  readonly role: string
  readonly scopes: readonly string[]
  readonly hash: string
  readonly createdAt: number
  readonly rotatedAt?: number
  readonly revokedAt?: number
  readonly usedAt?: number
}

/** A known device. */
export interface Device {
  readonly id: string
  readonly publicKey: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  readonly tokens: readonly DeviceToken[]
  readonly about: Readonly<Record<string, string>>
  readonly at: number
  readonly approvedAt: number
}

/** A device that waits for approval. */
export interface DeviceRequest {
  readonly id: string
  readonly device: string
  readonly publicKey: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly about: Readonly<Record<string, string>>
  readonly repair: boolean
  readonly at: number
}

function read(r: Row): Device {
  const of = (name: string): unknown => JSON.parse(String(r[name]))
  return {
    id: String(r['id']),
    publicKey: String(r['public_key']),
    roles: of('roles') as string[],
    scopes: of('scopes') as string[],
    tokens: of('tokens') as DeviceToken[],
    about: of('about') as Record<string, string>,
    at: Number(r['at']),
    approvedAt: Number(r['approved_at']),
  }
}

/** The device with this id. */
export function byId(db: Db, id: string): Device | undefined {
  const row = db.one('SELECT * FROM devices WHERE id = $id', { id })
  return row && read(row)
}

/** All known devices, newest first. */
export function list(db: Db): Device[] {
  return db.all('SELECT * FROM devices ORDER BY approved_at DESC').map(read)
}

/** Writes a device down; inside a transaction. */
export function put(db: Db, d: Device): void {
  db.run(
    `INSERT INTO devices (id, public_key, roles, scopes, tokens, about, at, approved_at)
     VALUES ($id, $publicKey, $roles, $scopes, $tokens, $about, $at, $approvedAt)
     ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key, roles = excluded.roles, scopes = excluded.scopes,
       tokens = excluded.tokens, about = excluded.about, approved_at = excluded.approved_at`,
    {
      id: d.id,
      publicKey: d.publicKey,
      roles: JSON.stringify(d.roles),
      scopes: JSON.stringify(d.scopes),
      tokens: JSON.stringify(d.tokens),
      about: JSON.stringify(d.about),
      at: d.at,
      approvedAt: d.approvedAt,
    },
  )
}

/** Forgets a device; inside a transaction. */
export function remove(db: Db, id: string): number {
  return db.run('DELETE FROM devices WHERE id = $id', { id })
}

function readRequest(r: Row): DeviceRequest {
  const more = JSON.parse(String(r['request'])) as Pick<DeviceRequest, 'role' | 'scopes' | 'about' | 'repair'>
  return {
    ...more,
    id: String(r['id']),
    device: String(r['device']),
    publicKey: String(r['public_key']),
    at: Number(r['at']),
  }
}

/** Requests made after `since` (ms), newest first. */
export function requests(db: Db, since: number): DeviceRequest[] {
  return db.all('SELECT * FROM device_requests WHERE at >= $since ORDER BY at DESC', { since }).map(readRequest)
}

/** Writes a request down; inside a transaction. */
export function ask(db: Db, r: DeviceRequest): void {
  db.run(
    'INSERT INTO device_requests (id, device, public_key, request, at) VALUES ($id, $device, $publicKey, $request, $at)',
    {
      id: r.id,
      device: r.device,
      publicKey: r.publicKey,
      request: JSON.stringify({ role: r.role, scopes: r.scopes, about: r.about, repair: r.repair }),
      at: r.at,
    },
  )
}

/** Takes a request away; inside a transaction. */
export function answered(db: Db, id: string): number {
  return db.run('DELETE FROM device_requests WHERE id = $id', { id })
}
