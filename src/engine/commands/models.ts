// The commands about models: which one answers in a chat, and which there are to choose from.
import { Fault } from '../../lib/fault.ts'
import { splitLogin, withLogin } from '../../domain/model-ref.ts'
import { agentOf } from '../../domain/session-key.ts'
import * as sessions from '../../store/sessions.ts'
import type { ChatCommand, CommandAsk } from './index.ts'
import { patchSession } from '../sessions/index.ts'
import type { ModelChoice } from '../talk-rule.ts'
import type { World } from '../world.ts'

/** Models on one page. */
const page = 20

/** The model a word names: by its alias, its `provider/model`, its id alone, or its provider; with the login the word says. */
export function namedModel(choices: readonly ModelChoice[], said: string): string | undefined {
  const word = splitLogin(said)[0].toLowerCase()
  const found =
    choices.find((c) => c.alias?.toLowerCase() === word || c.ref.toLowerCase() === word) ??
    choices.find((c) => c.ref.slice(c.ref.indexOf('/') + 1).toLowerCase() === word) ??
    choices.find((c) => c.ref.slice(0, c.ref.indexOf('/')).toLowerCase() === word)
  return found && withLogin(found.ref, said)
}

/** The commands. */
export function modelCommands(world: World): ChatCommand[] {
  const { db, settings } = world
  const agent = (key: string) => agentOf(key, settings.defaultAgent())
  const stored = (key: string) => sessions.byKey(db, key)?.settings.model
  const inForce = (key: string) => settings.candidates(agent(key), stored(key)).map((c) => c.ref)

  /** A page of the models, with the numbers by which `/model` takes them; `fits` leaves some out. */
  function listed(key: string, which: string, fits: (ref: string) => boolean) {
    const [now] = inForce(key)
    const lines = settings.modelChoices(agent(key)).flatMap(({ ref, alias }, i) => {
      const about = `${alias === undefined ? '' : ` (${alias})`}${ref === now ? ' ← now' : ''}`
      return fits(ref) ? [`${i + 1}. ${ref}${about}`] : []
    })
    const pages = Math.max(1, Math.ceil(lines.length / page))
    const nth = Math.min(pages, Math.max(1, Number(which) || 1))
    const shown = lines.slice((nth - 1) * page, nth * page)
    const end = `Page ${nth} of ${pages}. Choose with /model <number>.`
    return [...(shown.length ? shown : ['There are none.']), end].join('\n')
  }

  /** The model said, or the one of a number in the list. Throws NOT_FOUND for a number that is not there. */
  function wantedModel(key: string, said: string): string {
    const choices = settings.modelChoices(agent(key))
    if (!/^\d+$/.test(said)) return namedModel(choices, said) ?? said
    const found = choices[Number(said) - 1]
    if (found) return found.ref
    throw new Fault('NOT_FOUND', `there is no model ${said} in the list; /model list shows ${choices.length}`)
  }

  async function choose({ session, args }: CommandAsk) {
    const said = args.trim()
    const [word = '', which = ''] = said.split(/\s+/)
    if (!said || said === 'status') {
      const [first, ...others] = new Set(inForce(session))
      return {
        reply: `Model: ${first}${others.length ? `\nThen: ${others.join(', ')}` : ''}\nChoose with /model provider/model, /model <number> of /model list, or /model default.`,
      }
    }
    if (word === 'list') return { reply: listed(session, which, () => true) }
    if (said === 'default') {
      await patchSession(world, session, { settings: { model: null } })
      return { reply: `Model: ${settings.candidates(agent(session), undefined)[0]?.ref} (default)` }
    }
    const wanted = wantedModel(session, said)
    const chosen = withLogin(settings.candidates(agent(session), wanted)[0]?.ref ?? wanted, wanted)
    await patchSession(world, session, { settings: { model: chosen } })
    return { reply: `Model: ${chosen}` }
  }

  /** The models there are, all or those of one provider. */
  function models({ session, args }: CommandAsk) {
    const words = args.trim().toLowerCase().split(/\s+/)
    const provider = words.find((w) => w && !/^\d+$/.test(w))
    const which = words.find((w) => /^\d+$/.test(w)) ?? ''
    return { reply: listed(session, which, (ref) => provider === undefined || ref.startsWith(`${provider}/`)) }
  }

  return [
    {
      name: 'model',
      summary: 'Shows or chooses the model of this chat.',
      args: [{ name: 'model', description: 'provider/model, a number of the list, list, or default' }],
      run: choose,
    },
    {
      name: 'models',
      summary: 'Lists the models to choose from.',
      args: [
        { name: 'provider', description: 'only those of one provider' },
        { name: 'page', description: 'page of the list' },
      ],
      run: models,
    },
  ]
}

/** The command by which an alias of a model chooses it, `/small`; undefined for other names. */
export function aliasCommand(world: World, name: string): ChatCommand | undefined {
  const { settings } = world
  const found = settings.modelChoices(settings.defaultAgent()).find((c) => c.alias?.toLowerCase() === name)
  const model = modelCommands(world)[0] as ChatCommand
  return found && { name, summary: `Chooses ${found.ref}.`, run: (ask) => model.run({ ...ask, args: name }) }
}
