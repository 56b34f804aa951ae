// What the words of a message may move: whether they are an owner's, and which tools their place and writer leave.
import type { InboxRow } from '../store/inbox.ts'
import { isOwner } from './commands/access.ts'
import { placeRules } from './place.ts'
import type { World } from './world.ts'

type Said = Pick<InboxRow, 'message' | 'options'>

/** Where a message is answered, and with which tools and skills, as a text: words that differ in it never share a turn. */
export function placeOf(world: World, { message }: Said): string {
  const { tools, skills } = placeRules(world, message)
  return JSON.stringify([message.to, tools ?? null, skills ?? null])
}

/** The same, and whether an owner speaks: words that differ in it never join a turn that has begun with its rights. */
export function rightsOf(world: World, said: Said): string {
  const owner = said.options['owner'] !== false && isOwner(world.settings.owners(), said)
  return `${owner} ${placeOf(world, said)}`
}
