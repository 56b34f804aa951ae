// Who may write to us, which devices are known, and which jobs there are, as the original keeps them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { describeError } from '../../lib/fault.ts'
import { JobSpec, looseJob, type Job } from '../../domain/job.ts'
import { hashOf } from '../../engine/people/devices.ts'
import { nextSlot } from '../../engine/cron/schedule.ts'
import type { Db } from '../../store/db.ts'
import * as devices from '../../store/devices.ts'
import * as jobs from '../../store/jobs.ts'
import * as pairings from '../../store/pairings.ts'
import { Tally } from './report.ts'

/** Pairing codes are good for an hour. */
const codeMs = 3_600_000

function jsonAt(path: string, tally: Tally): unknown {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    tally.leave(path, `it cannot be read: ${describeError(error)}`)
    return undefined
  }
}

/** The channel and account of a file of people: `telegram-allowFrom.json`, `telegram-work-allowFrom.json`. */
function whose(name: string, suffix: string): { channel: string; account: string } {
  const [channel = '', ...account] = name.slice(0, -suffix.length).split('-')
  return { channel, account: account.join('-') || 'default' }
}

const Allowed = z.looseObject({ allowFrom: z.array(z.union([z.string(), z.number()])) })
const Requests = z.looseObject({
  requests: z.array(
    z.looseObject({
      id: z.union([z.string(), z.number()]),
      code: z.string(),
      createdAt: z.union([z.string(), z.number()]).optional(),
      meta: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})

/** Takes over who was let in, and who asks to be; inside a transaction. */
export function importPeople(db: Db, credentials: string, now: number): Tally {
  const tally = new Tally('people')
  for (const name of existsSync(credentials) ? readdirSync(credentials) : []) {
    const path = join(credentials, name)
    if (name.endsWith('-allowFrom.json')) {
      const at = whose(name, '-allowFrom.json')
      const file = Allowed.safeParse(jsonAt(path, tally))
      for (const entry of file.success ? file.data.allowFrom : []) {
        const user = String(entry).replace(/^(telegram|tg|discord|slack|user):/, '')
        if (user === '*') tally.leave(`${name} *`, 'everybody is let in by the config, not by a list')
        else if (pairings.allowed(db, { ...at, user })) tally.known()
        else {
          pairings.allow(db, { ...at, user, at: now })
          tally.add()
        }
      }
    }
    if (!name.endsWith('-pairing.json')) continue
    const at = whose(name, '-pairing.json')
    const file = Requests.safeParse(jsonAt(path, tally))
    for (const r of file.success ? file.data.requests : []) {
      const user = String(r.id)
      const made = new Date(r.createdAt ?? 0).getTime()
      const known = pairings.list(db, { state: 'pending', ...at }).some((p) => p.user === user)
      if (known || pairings.allowed(db, { ...at, user })) tally.known()
      else if (!(now - made < codeMs)) tally.leave(`${name} ${user}`, 'its code is no longer good')
      else {
        const chat = r.meta?.['chatId']
        const person = { id: user }
        pairings.ask(db, { ...at, person, chat: typeof chat === 'string' ? chat : user, code: r.code, at: made })
        tally.add()
      }
    }
  }
  return tally
}

const Paired = z.record(
  z.string(),
  z.looseObject({
    deviceId: z.string().min(1),
    publicKey: z.string().min(1),
    role: z.string().optional(),
    roles: z.array(z.string()).optional(),
    scopes: z.array(z.string()).default([]),
    tokens: z
      .record(
        z.string(),
        z.looseObject({
          token: z.string(),
          role: z.string(),
          scopes: z.array(z.string()).default([]),
          createdAtMs: z.number().default(0),
          revokedAtMs: z.number().optional(),
        }),
      )
      .default({}),
    createdAtMs: z.number().default(0),
    approvedAtMs: z.number().default(0),
  }),
)
type Paired = z.output<typeof Paired>[string]

const named = ['displayName', 'platform', 'clientId', 'clientMode', 'remoteIp'] as const

/** The devices of the file as ours, their tokens as hashes; read before the transaction, for hashing waits. */
export async function readDevices(from: string, tally: Tally): Promise<devices.Device[]> {
  const file = Paired.safeParse(jsonAt(join(from, 'devices', 'paired.json'), tally) ?? {})
  if (!file.success) {
    tally.leave('devices/paired.json', 'it is no list of devices')
    return []
  }
  return Promise.all(Object.values(file.data).map(deviceOf))
}

async function deviceOf(d: Paired): Promise<devices.Device> {
  const tokens = await Promise.all(
    Object.values(d.tokens).map(async (t) => ({
      role: t.role,
      scopes: t.scopes,
      hash: await hashOf(t.token),
      createdAt: t.createdAtMs,
      ...(t.revokedAtMs === undefined ? {} : { revokedAt: t.revokedAtMs }),
    })),
  )
  const about = Object.fromEntries(named.flatMap((k) => (typeof d[k] === 'string' ? [[k, d[k]]] : [])))
  const { deviceId: id, publicKey, scopes, createdAtMs: at, approvedAtMs: approvedAt } = d
  return { id, publicKey, roles: d.roles ?? [d.role ?? 'operator'], scopes, tokens, about, at, approvedAt }
}

/** Takes over devices; inside a transaction. */
export function importDevices(db: Db, list: readonly devices.Device[], tally: Tally): void {
  for (const d of list)
    if (devices.byId(db, d.id)) tally.known()
    else {
      devices.put(db, d)
      tally.add()
    }
}

/** The jobs of the file as ours, with their next time from now on; what they missed stays missed. */
export async function readJobs(from: string, now: number, tally: Tally): Promise<Job[]> {
  const raw = z.looseObject({ jobs: z.array(z.unknown()) }).safeParse(jsonAt(join(from, 'cron', 'jobs.json'), tally))
  const out: Job[] = []
  for (const one of raw.success ? raw.data.jobs : []) {
    const about = z.looseObject({ id: z.string().min(1) }).safeParse(one)
    const loose = looseJob(one)
    const spec = JobSpec.safeParse(loose)
    if (!about.success || !spec.success) {
      const why = spec.success ? 'it has no id' : (spec.error.issues[0]?.message ?? 'it is no job')
      tally.leave(about.success ? about.data.id : 'a job', why)
      continue
    }
    const at = (key: string) => (typeof about.data[key] === 'number' ? about.data[key] : now)
    const base = { ...spec.data, id: about.data.id, createdAtMs: at('createdAtMs'), updatedAtMs: at('updatedAtMs') }
    const job: Job = { ...base, state: {} }
    const next = job.enabled ? await nextSlot(job, now).catch(() => undefined) : undefined
    out.push(next === undefined ? job : { ...job, state: { nextRunAtMs: next } })
  }
  return out
}

/** Takes over jobs; inside a transaction. */
export function importJobs(db: Db, list: readonly Job[], tally: Tally): void {
  for (const job of list)
    if (jobs.byId(db, job.id)) tally.known()
    else {
      jobs.put(db, job)
      tally.add()
    }
}
