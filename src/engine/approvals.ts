// Asks a person before something is run; an approval is for exactly what was shown, and for nothing else.
import { describeError, Fault } from '../lib/fault.ts'
import { newId, sha256 } from '../lib/ids.ts'
import type { ApprovalDecision, ApprovalRequest } from '../domain/agent-event.ts'
import type { Address } from '../domain/address.ts'
import type { Approval } from '../define/tool.ts'
import * as events from '../store/events.ts'
import * as kv from '../store/kv.ts'
import { persist } from './persist.ts'
import { orAbort } from './race.ts'
import { say } from './say.ts'
import type { ToolRule } from './settings.ts'
import type { World } from './world.ts'

/** How long a question waits for its answer, in ms. */
export const approvalMs = 120_000
/** Longest text that can be shown and judged. */
const maxShown = 8192

/** Where a question comes from. */
export interface Asker {
  readonly session: string
  readonly agent: string
  readonly rule: ToolRule
  /** The chat to ask in, if the turn has one. */
  readonly to?: Address
}

/** Questions and their answers. */
export interface Approvals {
  /** True when policy or a person allows it; false when denied or not answered in time. */
  ask(question: Approval, asker: Asker, signal: AbortSignal): Promise<boolean>
  /** Answers a question. Throws NOT_FOUND for one that is not waiting. */
  resolve(id: string, decision: ApprovalDecision, by: string): void
  pending(): ApprovalRequest[]
}

/** Characters that make shown text differ from what is run: controls, bidi overrides, zero-width ones. */
const deceptive = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/** Keeps questions in memory; permissions for good are stored by the hash of what they allow. */
export function approvals(world: World): Approvals {
  const { db, clock } = world
  const waiting = new Map<string, { request: ApprovalRequest; answer: PromiseWithResolvers<ApprovalDecision> }>()

  async function put(question: Approval, asker: Asker, hash: string, signal: AbortSignal): Promise<boolean> {
    const now = clock.now()
    const request: ApprovalRequest = {
      id: newId('apr', clock),
      session: asker.session,
      agent: asker.agent,
      command: question.command,
      argv: question.argv,
      cwd: question.cwd,
      hash,
      createdAt: now,
      expiresAt: now + approvalMs,
    }
    const answer = Promise.withResolvers<ApprovalDecision>()
    waiting.set(request.id, { request, answer })
    const timer = new AbortController()
    try {
      await db.write(() => {
        const news = { type: 'approval.requested' as const, request }
        events.appendNews(db, now, request.id, news)
        db.afterCommit(() => world.news.publish(news))
        if (asker.to && asker.to.channel !== 'webchat') say(world, asker.to, askText(request), { key: request.id })
      })
      const late = clock.sleep(approvalMs, timer.signal).then(
        () => 'deny' as const,
        () => 'deny' as const,
      )
      const decision = await orAbort(Promise.race([answer.promise, late]), signal)
      if (decision === 'allow-always') await db.write(() => kv.set(db, `allow:${asker.agent}`, hash, question.command))
      return decision !== 'deny'
    } finally {
      timer.abort(new Fault('CANCELLED', 'answered'))
      if (waiting.delete(request.id)) tell(request.id, 'deny', signal.aborted ? 'stop' : 'timeout')
    }
  }

  /** Tells that a question is no longer open. */
  function tell(id: string, decision: ApprovalDecision, by: string) {
    persist(world, () => {
      const news = { type: 'approval.resolved' as const, id, decision, by }
      events.appendNews(db, clock.now(), id, news)
      db.afterCommit(() => world.news.publish(news))
    }).catch((error: unknown) => world.log.warn('an answer was not noted', { id, error: describeError(error) }))
  }

  return {
    async ask(question, asker, signal) {
      const { rule } = asker
      if (rule.execSecurity === 'deny') return false
      if (rule.execAsk === 'off' && rule.execSecurity === 'full') return true
      const text = question.command + question.argv.join(' ') + question.cwd
      if (text.length > maxShown || deceptive.test(text)) return false
      const hash = await sha256(JSON.stringify([question.command, question.argv, question.cwd]))
      const known = kv.get(db, `allow:${asker.agent}`, hash) !== undefined
      if (known && rule.execAsk !== 'always') return true
      if (rule.execSecurity === 'full' && rule.execAsk === 'on-miss') return true
      return put(question, asker, hash, signal)
    },
    resolve(id, decision, by) {
      const found = waiting.get(id)
      if (!found)
        throw new Fault('NOT_FOUND', `unknown approval id: ${id}; it was answered, or its two minutes are over`)
      waiting.delete(id)
      found.answer.resolve(decision)
      tell(id, decision, by)
    },
    pending: () => [...waiting.values()].map((w) => w.request),
  }
}

/** What a chat is asked. */
function askText(r: ApprovalRequest): string {
  return [
    'May I run this?',
    '```',
    r.command,
    '```',
    `in ${r.cwd}`,
    '',
    `/approve ${r.id} allow-once`,
    `/approve ${r.id} allow-always`,
    `/approve ${r.id} deny`,
  ].join('\n')
}
