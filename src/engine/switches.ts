// Small things a person sets while the gateway runs and that outlive it, but are not config.
import { Fault } from '../lib/fault.ts'
import type { Db } from '../store/db.ts'
import * as kv from '../store/kv.ts'
import type { World } from './world.ts'

/** The words that wake voice clients unless others are set. */
const usualWords = ['openclaw', 'claude', 'computer'] as const
const maxWords = 32
const maxLength = 64

/** The words that wake voice clients. */
export function wakeWords(db: Db): readonly string[] {
  const stored = kv.get(db, 'switch', 'voicewake')
  return stored === undefined ? usualWords : (JSON.parse(stored) as string[])
}

/** Sets the words that wake voice clients, the usual ones when none is left, and tells everyone. Throws TOO_LARGE. */
export async function setWakeWords(world: World, words: readonly string[]): Promise<readonly string[]> {
  const clean = [...new Set(words.map((w) => w.trim()).filter(Boolean))]
  if (clean.length > maxWords || clean.some((w) => w.length > maxLength))
    throw new Fault('TOO_LARGE', `at most ${maxWords} words of ${maxLength} characters can wake`)
  const triggers = clean.length ? clean : usualWords
  await world.db.write(() => {
    kv.set(world.db, 'switch', 'voicewake', JSON.stringify(triggers))
    world.db.afterCommit(() => world.news.publish({ type: 'voicewake', triggers }))
  })
  return triggers
}

/** What a person set, or what is usual. */
export const switchOf = (db: Db, name: string, usual: string): string => kv.get(db, 'switch', name) ?? usual

/** Sets a value for good. */
export const setSwitch = (world: World, name: string, value: string): Promise<void> =>
  world.db.write(() => kv.set(world.db, 'switch', name, value))
