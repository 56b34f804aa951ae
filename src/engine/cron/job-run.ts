// One run of a job: what it asks an agent, and what becomes of the answer.
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault, toFault } from '../../lib/fault.ts'
import type { Address } from '../../domain/address.ts'
import type { Job } from '../../domain/job.ts'
import { mainKey } from '../../domain/session-key.ts'
import * as inbox from '../../store/inbox.ts'
import type { JobRun } from '../../store/jobs.ts'
import * as sessions from '../../store/sessions.ts'
import * as turns from '../../store/turns.ts'
import type { Engine } from '../engine.ts'
import { silentReply } from '../prompt/index.ts'
import { resultOf, type RunResult } from '../runs.ts'
import { say } from '../say.ts'
import { resetSession } from '../sessions/index.ts'
import { noteEvent } from '../system-event.ts'

/** Longest time a run may take unless the job says otherwise, in ms. */
const usualMs = 600_000
/** Longest time a webhook may take, in ms. */
const webhookMs = 10_000

/** What came of a run, as programs see it. Times in ms. */
export interface Outcome {
  readonly status: 'ok' | 'error' | 'skipped'
  readonly error?: string
  readonly summary?: string
  readonly sessionId?: string
  readonly sessionKey?: string
  readonly model?: string
  readonly provider?: string
  readonly usage?: Readonly<Record<string, number>>
}

/** The agent of a job. */
const agentOfJob = (e: Engine, job: Job) => job.agentId ?? e.world.settings.defaultAgent()

/** The session a job's turns are in. */
export const sessionOf = (e: Engine, job: Job): string =>
  job.sessionTarget === 'main'
    ? (job.sessionKey ?? mainKey(agentOfJob(e, job)))
    : `agent:${agentOfJob(e, job)}:cron:${job.id}`

const tokens = ({ usage }: RunResult) =>
  usage
    ? {
        usage: {
          input_tokens: usage.input + usage.cacheRead + usage.cacheWrite,
          output_tokens: usage.output,
          total_tokens: usage.input + usage.cacheRead + usage.cacheWrite + usage.output,
        },
      }
    : {}

/** Runs a job's slot to its end; a run that was cut off before goes on with the turn it had. Never throws. */
export async function runJob(e: Engine, job: Job, run: JobRun): Promise<Outcome> {
  try {
    return job.payload.kind === 'systemEvent'
      ? await tell(e, job, run, job.payload.text)
      : await ask(e, job, run, job.payload)
  } catch (error) {
    if (e.world.scope.signal.aborted) throw error // the process ends: the run goes on at the next start
    const fault = toFault(error)
    if (fault.code === 'INTERNAL') e.world.log.error('a job failed', { job: job.id, error: describeError(error) })
    return { status: 'error', error: fault.code === 'INTERNAL' ? describeError(error) : fault.message }
  }
}

/** The main session is told something, at once or with its next turn. */
async function tell(e: Engine, job: Job, run: JobRun, text: string): Promise<Outcome> {
  const key = sessionOf(e, job)
  if (job.wakeMode === 'next-heartbeat') {
    await noteEvent(e, key, text)
    return { status: 'ok', summary: text, sessionKey: key }
  }
  const about = { session: key, text: `System: ${text.trim()}`, options: { deliver: true, timeoutMs: usualMs } }
  const result = await turnOf(e, run, about)
  return { ...outcomeOf(result, key), summary: result.text || text }
}

/** An agent gets a turn in a session of the job's own, and its answer goes where the job says. */
async function ask(
  e: Engine,
  job: Job,
  run: JobRun,
  p: Extract<Job['payload'], { kind: 'agentTurn' }>,
): Promise<Outcome> {
  const key = sessionOf(e, job)
  const { clock, settings } = e.world
  if (!inbox.byRun(e.world.db, run.id)) await resetSession(e.world, key)
  const now = new Date(run.slot).toLocaleString('en-GB', { timeZone: settings.timezone(), timeZoneName: 'short' })
  const text = `[cron:${job.id} ${job.name}] ${p.message.trim()}\nCurrent time: ${now}`
  const result = await turnOf(e, run, {
    session: key,
    text,
    options: {
      timeoutMs: p.timeoutSeconds === undefined ? usualMs : p.timeoutSeconds * 1000,
      ...(p.model === undefined ? {} : { model: p.model }),
      ...(p.thinking === undefined ? {} : { thinking: p.thinking }),
    },
  })
  const outcome = outcomeOf(result, key)
  const said = result.text.trim()
  if (outcome.status !== 'ok' || !said || said === silentReply || said === 'HEARTBEAT_OK') return outcome
  const mode = job.delivery?.mode ?? 'announce'
  try {
    if (mode === 'announce') await announce(e, job, run, said)
    if (mode === 'webhook') await post(e, job, run, { ...outcome, summary: said }, clock.now())
  } catch (error) {
    if (job.delivery?.bestEffort) return { ...outcome, summary: said }
    return {
      ...outcome,
      status: 'error',
      error: `the result was not delivered: ${toFault(error).message}`,
      summary: said,
    }
  }
  return { ...outcome, summary: said }
}

/** Has a turn run under the run's own id, so that a restart finds it again instead of beginning another. */
async function turnOf(
  e: Engine,
  run: JobRun,
  about: { readonly session: string; readonly text: string; readonly options: Readonly<Record<string, unknown>> },
): Promise<RunResult> {
  const { session, text, options } = about
  const { state } = await e.intake.submit({
    session,
    text,
    media: [],
    run: run.id,
    client: 'cron',
    own: true,
    commands: false,
    options,
  })
  const turn = state === 'known' ? turns.byRun(e.world.db, run.id) : undefined
  if (state === 'known' && !(turn && resultOf(turn))) e.runs.expect(run.id) // it was cut off, and is being taken up
  const result = await e.runs.wait(run.id, e.world.scope.signal)
  if (!result) throw new Fault('INTERNAL', 'the turn was lost')
  return result
}

function outcomeOf(r: RunResult, key: string): Outcome {
  const [provider] = r.model?.split('/') ?? []
  const about = {
    sessionId: r.sessionId,
    sessionKey: key,
    ...(r.model === undefined ? {} : { model: r.model }),
    ...(provider === undefined ? {} : { provider }),
    ...tokens(r),
  }
  if (r.status === 'ok') return { status: 'ok', summary: r.text, ...about }
  return { status: 'error', error: r.error?.message ?? 'the turn was stopped', ...about }
}

/** The chat a result goes to: the one the job names, that of the agent's main session, or that session itself. */
function chatOf(e: Engine, job: Job): Address | undefined {
  const { channel = 'last', to, accountId = 'default' } = job.delivery ?? {}
  if (channel !== 'last' && to !== undefined) {
    const bare = to.startsWith(`${channel}:`) ? to.slice(channel.length + 1) : to
    return { channel, account: accountId, chat: bare }
  }
  const main = mainKey(agentOfJob(e, job))
  const last = sessions.byKey(e.world.db, main)?.origin.to
  if (channel === 'last') return last ?? { channel: 'webchat', account: 'default', chat: main }
  return last?.channel === channel ? last : undefined
}

/** Says the result in a chat, once per run, and tells the main session that it did. */
async function announce(e: Engine, job: Job, run: JobRun, text: string) {
  const to = chatOf(e, job)
  if (!to)
    throw new Fault(
      'NOT_FOUND',
      `there is no chat to announce to; name one with \`oclaw cron edit ${job.id} --channel <channel> --to <chat>\``,
    )
  if (!e.world.settings.account(to.channel, to.account))
    throw new Fault('NOT_FOUND', `${to.channel} has no account "${to.account}"; see \`oclaw channels status\``)
  await e.world.db.write(() => void say(e.world, to, text, { key: `cron:${run.id}` }))
  if (to.channel === 'webchat') return // it is said in the main session itself
  await noteEvent(e, mainKey(agentOfJob(e, job)), `The job "${job.name}" said in ${to.channel}: ${text.slice(0, 500)}`)
}

/** Posts the result to the job's webhook. */
async function post(e: Engine, job: Job, run: JobRun, outcome: Outcome, now: number) {
  const { webhookToken: token, webhook } = e.world.settings.cron()
  const to = job.delivery?.to ?? webhook
  if (!to) throw new Fault('INVALID_REQUEST', `the job "${job.name}" has no address; set delivery.to or cron.webhook`)
  const limit = deadline(
    e.world.clock,
    webhookMs,
    new Fault('TIMEOUT', `${to} did not answer in time`),
    e.world.scope.signal,
  )
  try {
    const answer = await e.world.outside.guardedFetch()(to, {
      method: 'POST',
      signal: limit.signal,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}) },
      body: JSON.stringify({
        ...outcome,
        action: 'finished',
        ts: now,
        jobId: job.id,
        name: job.name,
        runAtMs: run.slot,
      }),
    })
    if (!answer.ok) throw new Fault('UNAVAILABLE', `${to} answered ${answer.status}`)
  } finally {
    limit.done()
  }
}
