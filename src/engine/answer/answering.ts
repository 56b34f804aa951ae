// Whether an answer may go to its chat, and what stands before it.
import { Fault } from '../../lib/fault.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Whether the session and the config let answers go to the turn's chat. */
export function maySend(world: World, { to, session, kind }: TurnStart): boolean {
  if (!to || to.channel === 'webchat' || session.settings.sendPolicy === 'deny') return false
  return session.settings.sendPolicy === 'allow' || world.settings.sendAllowed(session.key, to.channel, kind)
}

/** What may stand in braces in a prefix, in lower case; `model` is `provider/id`. */
function valuesOf(world: World, { session, turn }: TurnStart, model: string): Readonly<Record<string, string>> {
  const { thinking } = turn.options as TurnOptions
  const agent = world.settings.agent(session.agent)
  const at = model.indexOf('/')
  const id = model.slice(at + 1)
  const level = thinking ?? session.settings.thinkingLevel ?? agent?.thinking ?? 'off'
  return {
    model: (id.split('/').at(-1) ?? id).replace(/-(\d{8}|latest)$/, ''),
    modelfull: model,
    provider: at < 0 ? '' : model.slice(0, at),
    thinkinglevel: level,
    think: level,
    ...(agent?.name === undefined ? {} : { 'identity.name': agent.name, identityname: agent.name }),
  }
}

/** The model a turn asks first; empty when there is none. */
function usualModel(world: World, { session, turn }: TurnStart): string {
  const { model } = turn.options as TurnOptions
  try {
    return world.settings.candidates(session.agent, model ?? session.settings.model)[0]?.ref ?? ''
  } catch (error) {
    if (error instanceof Fault) return '' // the turn itself has said what is wrong with its model
    throw error
  }
}

/**
 * The text with what the account or the config puts before every answer: `{model}`, `{provider}`, `{thinkingLevel}`,
 * `{identity.name}` and so on are filled in, `auto` is the agent's name, and names nobody knows stay as they are.
 */
export function withPrefix(world: World, start: TurnStart, text: string, answeredBy = ''): string {
  const { to, session } = start
  const own = to && world.settings.account(to.channel, to.account)?.common.responsePrefix
  const said = own ?? world.settings.responsePrefix()
  if (!said) return text
  const name = world.settings.agent(session.agent)?.name
  if (said === 'auto') return name === undefined ? text : `[${name}] ${text}`
  const values = said.includes('{') ? valuesOf(world, start, answeredBy || usualModel(world, start)) : {}
  const prefix = said.replaceAll(/\{([a-z.]+)\}/gi, (whole, word: string) => values[word.toLowerCase()] ?? whole)
  return `${prefix} ${text}`
}
