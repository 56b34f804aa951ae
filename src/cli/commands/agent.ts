// Asking the agent from a terminal: its answer as it is written, its tools as they run, its questions answered here.
import { z } from 'zod'
import { deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { connectGateway, type GatewayClient } from '../../client/client.ts'
import type { ClientEvent } from '../../client/link.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'

/** Shows a growing answer: what is new each time, and what is still missing at the end. */
export function growing(write: (text: string) => void) {
  let shown = ''
  let all = ''
  const add = (text: string) => {
    write(text)
    all += text
  }
  return {
    /** Takes the text so far of one message; a new message begins on a new paragraph. */
    take(text: string) {
      if (!text.startsWith(shown)) {
        if (all) add('\n\n')
        shown = ''
      }
      add(text.slice(shown.length))
      shown = text
    },
    /** Takes the whole answer and ends the line. */
    end(text: string) {
      const [seen, final] = [all.trim(), text.trim()]
      if (final.startsWith(seen)) add(final.slice(seen.length))
      else if (!seen.endsWith(final)) add(`\n\n${final}`)
      write('\n')
    },
  }
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? {})
  const line = text.replace(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}

interface Watched {
  /** The session of the run, spelled as the gateway does. */
  session: string
}

/** Tells of tools, one line each. */
function toolLine(e: ClientEvent, { ctx, paint }: Run) {
  const { name, args, isError, result } = e.data
  if (e.event === 'agent.tool.start') ctx.stderr(`${paint.dim(`· ${String(name)} ${short(args)}`)}\n`)
  if (e.event === 'agent.tool.result' && isError === true)
    ctx.stderr(`${paint.dim(`· ${String(name)} failed: ${short(result)}`)}\n`)
}

/** Puts a tool's question to the person at the terminal, or says how to answer it elsewhere. */
async function approve(client: GatewayClient, e: ClientEvent, { ctx, paint }: Run): Promise<void> {
  const id = String(e.data['id'])
  const { command, cwd } = e.data['request'] as { command?: unknown; cwd?: unknown }
  if (!ctx.stdinTTY) {
    ctx.stderr(`The agent wants to run: ${String(command)}\n`)
    ctx.stderr(`Allow it: ${ctx.name} approvals resolve ${id} allow-once   (or allow-always, deny)\n`)
    return
  }
  const question = `${paint.yellow('The agent wants to run:')} ${String(command)}  (in ${String(cwd)})\nRun it? [y/N/always] `
  const answer = (await ctx.ask(question)).trim().toLowerCase()
  const decision = /^a(lways)?$/.test(answer) ? 'allow-always' : /^y(es)?$/.test(answer) ? 'allow-once' : 'deny'
  await client.call('exec.approval.resolve', { id, decision })
}

/** Stops the run; a gateway that does not answer is left to itself after two seconds. */
async function stop(client: GatewayClient, runId: string, sessionKey: string, { ctx }: Run) {
  const limit = deadline(ctx.clock, 2000, new Fault('TIMEOUT', 'the gateway did not answer'))
  try {
    await client.call('chat.abort', { sessionKey, runId }, limit.signal)
    ctx.stderr('\nStopped.\n')
  } catch (error) {
    ctx.stderr(`\nThe run may go on: ${error instanceof Error ? error.message : String(error)}\n`)
  } finally {
    limit.done()
  }
}

/** Answers the questions of our session, one after the other. */
function watchApprovals(client: GatewayClient, watched: Watched, run: Run) {
  let tail = Promise.resolve()
  const failed = (error: unknown) => run.ctx.stderr(`${error instanceof Error ? error.message : String(error)}\n`)
  return client.events.listen((e) => {
    if (e.event !== 'exec.approval.requested') return
    const key = (e.data['request'] as { sessionKey?: unknown } | undefined)?.sessionKey
    const ours = key === watched.session || String(key).endsWith(`:${watched.session}`)
    if (ours) tail = tail.then(() => approve(client, e, run)).catch(failed)
  })
}

/** Asks once over an open connection and shows what comes; answers the exit code. */
export async function askOnce(client: GatewayClient, input: Record<string, unknown>, run: Run): Promise<number> {
  const { ctx, globals } = run
  const runId = typeof input['idempotencyKey'] === 'string' ? input['idempotencyKey'] : newId('run', ctx.clock)
  const watched: Watched = { session: typeof input['sessionKey'] === 'string' ? input['sessionKey'] : 'main' }
  const live = ctx.isTTY && !globals.json
  const answer = growing((text) => ctx.stdout(text))
  const unlisten = watchApprovals(client, watched, run)
  try {
    const final = await client.agent(
      { ...input, idempotencyKey: runId },
      {
        signal: ctx.signal,
        onEvent(e) {
          if (typeof e.data['sessionKey'] === 'string') watched.session = e.data['sessionKey']
          toolLine(e, run)
          if (live && e.event === 'agent.text') answer.take(String(e.data['text']))
        },
      },
    )
    const op = opOf(ctx, 'agent')
    if (!live) return show(op, final, input, run)
    answer.end(final.result.payloads.map((p) => p.text ?? '').join('\n\n') || final.summary)
    return final.status === 'ok' && !final.result.payloads.some((p) => p.isError) ? 0 : 1
  } catch (error) {
    if (!ctx.signal.aborted) throw error
    await stop(client, runId, watched.session, run)
    return 130
  } finally {
    unlisten()
  }
}

/** A gateway of our own, or undefined where one runs already: only one may write to a state folder. */
async function ownUnlessThere({ ctx, paths }: Run) {
  try {
    return await ctx.ownGateway(paths)
  } catch (error) {
    if (error instanceof Fault && error.code === 'CONFLICT') return undefined
    throw error
  }
}

const agentCommand = defineCommand({
  path: 'agent',
  of: 'agent',
  summary: 'Asks the agent and shows its answer as it is written.',
  args: ['message'],
  flags: z.strictObject({
    agent: z.string().optional().describe('the same as --agent-id'),
    local: z.boolean().default(false).describe('without a gateway: this process is one until the answer is there'),
  }),
  examples: ['agent -m "Hello, what can you help with?"', 'agent "And in French?" --session-key main --json'],
  async run({ agent: agentId, local, ...said }: Record<string, unknown>, run) {
    const own = local ? await ownUnlessThere(run) : undefined
    const client = own
      ? await connectGateway({ url: own.url, token: own.token, clock: run.ctx.clock })
      : await run.connect()
    try {
      return await askOnce(client, agentId === undefined ? said : { ...said, agentId }, run)
    } finally {
      client.close()
      await own?.close()
    }
  },
})

export const commands: readonly Command[] = [agentCommand]
