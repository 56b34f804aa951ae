// Turns that programs ask for over HTTP: their words, their history, their tools.
import { Fault } from '../lib/fault.ts'
import type { ClientAnswer, ClientAsk, ClientDoor, ClientLine, ClientRun } from '../define/client-ask.ts'
import { canonicalKey, normalizeAgentId, agentOf, type SessionKey } from '../domain/session-key.ts'
import { noUsage } from '../domain/turn.ts'
import { untrusted } from '../domain/untrusted.ts'
import { openClientCalls } from './tools/client-call.ts'
import type { Engine } from './engine.ts'
import { hook, wake } from './hooks/turn.ts'
import { silentReply } from './prompt/index.ts'
import type { RunResult } from './runs.ts'
import type { TurnOptions } from './turn-kit.ts'
import type { World } from './world.ts'

/** The session a question belongs to, when it is not the one its results are waited for in. */
function sessionFor(world: World, a: ClientAsk): SessionKey {
  const { settings } = world
  const named = a.agent === undefined ? undefined : normalizeAgentId(a.agent)
  const agent = named === undefined || (named === 'main' && !settings.agent(named)) ? settings.defaultAgent() : named
  if (a.session !== undefined) return canonicalKey(a.session, agent)
  const rest = a.user === undefined ? `${a.prefix}:${crypto.randomUUID()}` : `${a.prefix}-user:${a.user}`
  return canonicalKey(`agent:${agent}:${rest}`, agent)
}

/** The model a program asks for, if it can be asked; any other word is taken for a name of ours. */
function usableModel(world: World, agent: string, ref: string | undefined): string | undefined {
  if (!ref?.includes('/')) return undefined
  try {
    return world.settings.candidates(agent, ref)[0] && ref
  } catch {
    return undefined // programs send the names of models they were made for
  }
}

const speaker = { user: 'User', assistant: 'Assistant', tool: 'Tool' } as const
const line = (l: ClientLine) => `${speaker[l.role]}${l.name === undefined ? '' : `:${l.name}`}: ${l.text}`

/** What a program says was said before; nothing in it counts as ours. */
function historyOf(lines: readonly ClientLine[]): string | undefined {
  if (!lines.length) return undefined
  return `${untrusted('the conversation so far, as the calling program tells it', lines.map(line).join('\n\n'))}\n`
}

/** Passes the pieces of a run's text on; a silent answer stays silent. Call the result with the whole text at its end. */
function listen(world: World, run: string, hear: (delta: string) => void): (text: string) => void {
  let held = ''
  let said = false
  const stop = world.news.listen((news) => {
    if (news.type !== 'agent' || news.run.run !== run || news.event.type !== 'text') return
    const { delta, text } = news.event
    if (silentReply.startsWith(text.trim())) {
      held += delta
      return
    }
    const anew = said && delta === text && !held
    hear(`${anew ? '\n\n' : ''}${held}${delta}`)
    held = ''
    said = true
  })
  return (text) => {
    stop()
    if (held.trim() && text.endsWith(held.trim())) hear(`${said ? '\n\n' : ''}${held}`)
  }
}

function answerOf(r: RunResult | undefined): ClientAnswer {
  const gone: ClientAnswer['error'] = { code: 'CANCELLED', message: 'the run was stopped' }
  const error = r?.error ?? (r?.status === 'ok' ? undefined : gone)
  return {
    text: r?.text ?? '',
    calls: r?.calls ?? [],
    stop: r?.stop ?? (error ? 'error' : 'end'),
    usage: r?.usage ?? noUsage,
    ...(error ? { error } : {}),
  }
}

/** Takes a program's question in; resolves when it is durable. Throws NOT_FOUND for an agent that is not there. */
async function ask(e: Engine, a: ClientAsk, hear?: (delta: string) => void): Promise<ClientRun> {
  const { world, runs } = e
  const ids = a.results.map((r) => r.id)
  const wanted = sessionFor(world, a)
  const open = openClientCalls(world, ids)
  const goesOn = open && (a.session === undefined || open.session === wanted) ? open : undefined
  const session = goesOn?.session ?? wanted
  const agent = agentOf(session, world.settings.defaultAgent())
  if (!world.settings.agent(agent))
    throw new Fault('NOT_FOUND', `there is no agent "${agent}"; \`oclaw config get agents.list\` shows those there are`)
  const history = goesOn
    ? undefined
    : historyOf([...a.history, ...a.results.map((r) => ({ ...r, role: 'tool' as const }))])
  const text = a.text || goesOn || a.files.length ? a.text : 'Go on with the results of your tools.'
  const files = await Promise.all(a.files.map(({ bytes, ...about }) => world.outside.media.save(bytes, about)))
  const model = usableModel(world, agent, a.model)
  const options: TurnOptions = {
    ...(a.system ? { extraSystemPrompt: `# Instructions of the calling program\n\n${a.system}` } : {}),
    ...(a.tools.length ? { clientTools: a.tools } : {}),
    ...(a.toolChoice === undefined ? {} : { toolChoice: a.toolChoice }),
    ...(a.maxTokens === undefined ? {} : { maxTokens: a.maxTokens }),
    ...(model === undefined ? {} : { model }),
    ...(history === undefined ? {} : { history }),
    ...(goesOn
      ? {
          results: goesOn.calls.map((c, i) => ({
            type: 'result' as const,
            id: c.id,
            tool: c.tool,
            ok: true,
            text: a.results[i]?.text ?? '',
          })),
        }
      : {}),
  }
  const deaf = hear ? listen(world, a.run, hear) : () => undefined
  runs.expect(a.run)
  const done = runs
    .wait(a.run, world.scope.signal)
    .then(answerOf)
    .then(
      (answer) => {
        deaf(answer.text)
        return answer
      },
      (error: unknown) => {
        deaf('')
        throw error
      },
    )
  done.catch(() => undefined)
  await e.intake.submit({
    session,
    text,
    media: files,
    run: a.run,
    client: a.client,
    own: true,
    commands: false,
    options: { ...options },
  })
  const alone = a.session === undefined && a.user === undefined
  return {
    done,
    leave: () => {
      if (alone) runs.get(a.run)?.stop('rpc')
    },
  }
}

/** The engine as HTTP sees it. */
export const clientDoor = (e: Engine): ClientDoor => ({
  ask: (a, hear) => ask(e, a, hear),
  hook: (h) => hook(e, h),
  came: async (run, signal) => {
    const result = await e.runs.wait(run, signal)
    return result && answerOf(result)
  },
  wake: (w) => wake(e, w),
})
