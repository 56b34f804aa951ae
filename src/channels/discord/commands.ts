// Our slash commands in Discord's menu: told again only when they changed, since Discord counts that.
import { z } from 'zod'
import type { AccountState, NativeCommand } from '../../define/channel.ts'
import { sha256 } from '../../lib/ids.ts'
import type { Rest } from './api.ts'

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object */
const maxCommands = 100
const maxChoices = 25
const maxOptions = 25
const maxText = 100
const goodName = /^[a-z0-9_-]{1,32}$/

/** Names that Discord's own clients use, and what ours of that name are called in its menu. */
const taken: Readonly<Record<string, string>> = { tts: 'voice' }

type Menu = readonly object[]

/** The commands as Discord takes them; names it does not take are left out. */
export function menuOf(commands: readonly NativeCommand[]): Menu {
  const fits = commands
    .map((c) => ({ ...c, name: taken[c.name.toLowerCase()] ?? c.name.toLowerCase() }))
    .filter((c) => goodName.test(c.name) && c.description.trim())
  return [...new Map(fits.map((c) => [c.name, c])).values()].slice(0, maxCommands).map((c) => ({
    type: 1,
    name: c.name,
    description: c.description.trim().slice(0, maxText),
    options: (c.args ?? [])
      .filter((a) => goodName.test(a.name))
      .slice(0, maxOptions)
      .map((a) => ({
        type: 3,
        name: a.name,
        description: (a.description.trim() || a.name).slice(0, maxText),
        required: false,
        ...(a.choices && a.choices.length <= maxChoices
          ? {
              choices: a.choices.map((choice) => ({ name: choice.slice(0, maxText), value: choice.slice(0, maxText) })),
            }
          : {}),
      })),
  }))
}

/** Puts the menu in place, unless it is there already. Throws a Fault when Discord refuses it. */
export async function showMenu(rest: Rest, state: AccountState, menu: Menu): Promise<void> {
  const app = (await rest.ask(z.looseObject({ id: z.string() }), { method: 'GET', path: '/applications/@me' })).id
  const key = `commands:${app}`
  const print = await sha256(JSON.stringify(menu))
  if (state.get(key) === print) return
  await rest.tell({ method: 'PUT', path: `/applications/${app}/commands`, body: menu })
  await state.write({ [key]: print })
}
