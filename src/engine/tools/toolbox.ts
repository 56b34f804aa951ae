// How a tool is shown to a model, and how one is run: checked input, a deadline, and output of a size a model can read.
import type { Clock } from '../../lib/clock.ts'
import { describeError, Fault, toFault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { z } from 'zod'
import type { ToolSpec } from '../../define/provider.ts'
import type { AnyTool, ToolContext, ToolResult } from '../../define/tool.ts'
import type { Approvals, Asker } from './approvals.ts'
import { orAbort } from '../race.ts'
import type { AgentRule } from '../settings.ts'
import { Stopped } from '../runs.ts'
import type { World } from '../world.ts'

/** Characters of a result a model is shown; the whole is saved beside the workspace's files. */
const maxShown = 50_000
/** Longest time a tool has when it does not say, in ms. */
const toolTimeoutMs = 120_000

const specs = new WeakMap<AnyTool, ToolSpec>()

/** A tool as a model sees it. */
export function specOf(tool: AnyTool): ToolSpec {
  const known = specs.get(tool)
  if (known) return known
  const made = tool.schema ?? z.toJSONSchema(tool.params, { io: 'input', unrepresentable: 'any' })
  const { $schema: _schema, ...params } = made
  const spec = { name: tool.id, description: tool.summary, params }
  specs.set(tool, spec)
  return spec
}

/** A call to be run. */
export interface ToolRun {
  readonly name: string
  readonly input: unknown
  readonly tools: readonly AnyTool[]
  readonly agent: AgentRule
  readonly asker: Asker
  /** What the turn has besides: skills and their variables, who asks. */
  readonly kit?: Pick<ToolContext, 'skills' | 'owner' | 'run' | 'processes' | 'limits' | 'exec'> & {
    readonly env?: Readonly<Record<string, string>>
  }
  readonly signal: AbortSignal
  note(text: string): void
}

/** Runs a tool. Mistakes come back as results the model can read; only an aborted turn throws. */
export async function callTool(world: World, approvals: Approvals, r: ToolRun): Promise<ToolResult> {
  const tool = r.tools.find((t) => t.id === r.name.toLowerCase())
  if (!tool) return failed(`There is no tool "${r.name}". You have: ${r.tools.map((t) => t.id).join(', ') || 'none'}.`)
  const input = tool.params.safeParse(r.input ?? {})
  if (!input.success) return failed(`The input of ${tool.id} is wrong:\n${z.prettifyError(input.error)}`)
  const ms = tool.timeoutMs ?? toolTimeoutMs
  const limit = patience(world.clock, ms, new Fault('TIMEOUT', `${tool.id} took longer than ${ms / 1000} s`), r.signal)
  try {
    await world.outside.makeDir(r.agent.workspace) // a new installation has none
    const result = await orAbort(tool.run(input.data as never, contextFor(world, approvals, r, limit)), limit.signal)
    return await short(world, r, result)
  } catch (error) {
    if (r.signal.aborted) throw r.signal.reason instanceof Stopped ? r.signal.reason : error
    const fault = toFault(error)
    if (fault.code === 'INTERNAL') world.log.error('a tool failed', { tool: tool.id, error: describeError(error) })
    return failed(fault.code === 'INTERNAL' ? `${tool.id} failed: ${describeError(error)}` : fault.message)
  } finally {
    limit.done()
  }
}

type Patience = ReturnType<typeof patience>

/** A deadline that stands still while a person is asked. */
function patience(clock: Clock, ms: number, reason: Fault, parent: AbortSignal) {
  const late = new AbortController()
  let timer = new AbortController()
  let left = ms
  let since = clock.now()
  let over = false
  const stop = () => timer.abort(new Fault('CANCELLED', 'the deadline is no longer needed'))
  const go = () => {
    if (over) return
    timer = new AbortController()
    since = clock.now()
    clock.sleep(left, timer.signal).then(
      () => late.abort(reason),
      () => undefined,
    )
  }
  go()
  return {
    signal: AbortSignal.any([parent, late.signal]),
    done() {
      over = true
      stop()
    },
    async held<T>(work: () => Promise<T>): Promise<T> {
      stop()
      left -= clock.now() - since
      try {
        return await work()
      } finally {
        go()
      }
    },
  }
}

const failed = (text: string): ToolResult => ({ ok: false, text })

function contextFor(world: World, approvals: Approvals, r: ToolRun, limit: Patience): ToolContext {
  const { outside } = world
  const search = world.settings.webSearch()
  const pages = world.settings.webFetch()
  return {
    workspace: r.agent.workspace,
    confined: r.agent.tools.confined,
    session: r.asker.session,
    agent: r.agent.id,
    signal: limit.signal,
    clock: world.clock,
    fetch: outside.guardedFetch(pages),
    webFetch: pages,
    spawn: outside.spawn,
    env: r.kit?.env ? { ...r.kit.env, ...outside.childEnv } : outside.childEnv,
    media: outside.media,
    ...(r.kit?.skills ? { skills: r.kit.skills } : {}),
    ...(r.kit?.processes ? { processes: r.kit.processes } : {}),
    ...(r.kit?.exec ? { exec: r.kit.exec } : {}),
    ...(search ? { webSearch: search } : {}),
    limits: r.kit?.limits ?? { tools: r.tools.map((t) => t.id) },
    owner: r.kit?.owner ?? false,
    ...(r.kit?.run === undefined ? {} : { run: r.kit.run }),
    ...(r.asker.to ? { chat: r.asker.to } : {}),
    ask: (question) => limit.held(() => approvals.ask(question, r.asker, r.signal)),
    note: r.note,
  }
}

/** The result with its text cut to what a model can read; the whole is kept in a file it can read further. */
async function short(world: World, r: ToolRun, result: ToolResult): Promise<ToolResult> {
  if (result.text.length <= maxShown) return result
  const path = `${r.agent.workspace}/.oclaw/output/${newId('res', world.clock)}.txt`
  await world.outside.saveText(path, result.text)
  const half = maxShown / 2
  const cut = result.text.length - maxShown
  return {
    ...result,
    text: `${result.text.slice(0, half)}\n… ${cut} characters left out; the whole is in ${path} …\n${result.text.slice(-half)}`,
  }
}
