// What each section is when the file says nothing of it. Run while the program is built (a Bun macro), so that a
// start loads no schema it does not need: https://bun.com/docs/bundler/macros
import { defaults } from '../describe.ts'
import { section } from '../section.ts'
import { group } from '../fields.ts'
import { channelDefaults } from './channel-defaults.ts'
import { sections } from './index.ts'

/** The defaults of every section, as plain data. */
export function absentSections(): Record<string, never> {
  const channels = section('channels', group('channels', { defaults: channelDefaults }))
  return JSON.parse(JSON.stringify(defaults([...sections, channels]))) as Record<string, never>
}
