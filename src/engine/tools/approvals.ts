// Asks a person before something is run; an approval is for exactly what was shown, and for nothing else.
import { describeError, Fault } from '../../lib/fault.ts'
import { newId, sha256 } from '../../lib/ids.ts'
import type { ApprovalDecision, ApprovalRequest } from '../../domain/agent-event.ts'
import type { Address } from '../../domain/address.ts'
import { execRule, onAllowlist, stricter, type ExecRule } from '../../domain/exec-approvals.ts'
import { runsOthers, showable } from '../../domain/exec-judging.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { Approval } from '../../define/tool.ts'
import * as events from '../../store/events.ts'
import * as kv from '../../store/kv.ts'
import { askChats, askedOf, chatsFor, closeChats, type Asked } from './approval-chats.ts'
import { persist } from '../persist.ts'
import { orAbort } from '../race.ts'
import type { ToolRule } from './rule.ts'
import type { World } from '../world.ts'

/** How long a question waits for its answer, in ms. */
export const approvalMs = 120_000
/** How long an answer can still be asked for, in ms. */
const recentMs = 15_000

/** Where a question comes from. */
export interface Asker {
  readonly session: string
  readonly agent: string
  readonly rule: ToolRule
  /** How far what is marked as elevated may go without a question; absent where nothing may be elevated. */
  readonly elevated?: 'ask' | 'full'
  /** The chat to ask in, if the turn has one. */
  readonly to?: Address
}

/** What came of a question; null when nobody answered in time. */
export interface Decided {
  readonly request: ApprovalRequest
  readonly decision: ApprovalDecision | null
}

/** A question that another program asks for its own sake. */
export type Foreign = Omit<ApprovalRequest, 'hash' | 'createdAt' | 'expiresAt'>

/** Questions and their answers. */
export interface Approvals {
  /** True when policy or a person allows it; false when denied or not answered in time. */
  ask(question: Approval, asker: Asker, signal: AbortSignal): Promise<boolean | 'person'>
  /** Puts a question for another program, also to a chat; it waits `ms`. Throws CONFLICT when its id waits already. */
  open(question: Foreign, ms: number, to?: Address): Promise<ApprovalRequest>
  /** What comes of a question that waits, or came of one a moment ago. Throws NOT_FOUND for any other. */
  decided(id: string): Promise<Decided>
  /** Takes the answer to a question that was decided a moment ago, for one run of what `fits`; it counts no second time. */
  spend(id: string, fits: (request: ApprovalRequest) => boolean): ApprovalDecision | undefined
  /** Answers a question. Throws NOT_FOUND for one that is not waiting. */
  resolve(id: string, decision: ApprovalDecision, by: string): void
  pending(): ApprovalRequest[]
  /** Whether a question was put to the chat or the writer of a message. */
  askedOf(id: string, message: InboundMessage): boolean
}

/** A question that waits. */
interface Waiting {
  readonly request: ApprovalRequest
  readonly asked: readonly Asked[]
  readonly answer: PromiseWithResolvers<Decided>
  readonly timer: AbortController
}

/**
 * Keeps questions in memory; permissions for good are stored by the hash of what they allow. `programs` are those the
 * skills of an agent need.
 */
export function approvals(world: World, programs: (agent: string) => readonly string[]): Approvals {
  const { db, clock } = world
  const waiting = new Map<string, Waiting>()
  /** Answers a moment old, for programs that ask late. */
  const recent = new Map<string, Decided>()
  /** Those of them that were made use of. */
  const spent = new Set<string>()

  /** Ends a question, once; tells everyone. */
  function close(id: string, decision: ApprovalDecision | null, by: string) {
    const found = waiting.get(id)
    if (!found || !waiting.delete(id)) return
    found.timer.abort(new Fault('CANCELLED', 'answered'))
    const decided = { request: found.request, decision }
    recent.set(id, decided)
    const forget = () => {
      recent.delete(id)
      spent.delete(id)
    }
    clock.sleep(recentMs, world.scope.signal).then(forget, forget)
    found.answer.resolve(decided)
    void closeChats(world, found.request, found.asked, decision)
    tell(id, decision ?? 'deny', by)
  }

  /** Puts a question up; it is durable and told when this resolves. */
  async function put(request: ApprovalRequest, to?: Address): Promise<void> {
    const asked = chatsFor(world, request, to)
    const entry: Waiting = { request, asked, answer: Promise.withResolvers(), timer: new AbortController() }
    waiting.set(request.id, entry)
    try {
      await db.write(() => {
        const news = { type: 'approval.requested' as const, request }
        events.appendNews(db, request.createdAt, request.id, news)
        db.afterCommit(() => world.news.publish(news))
        askChats(world, request, asked)
      })
    } catch (error) {
      waiting.delete(request.id)
      throw error
    }
    clock.sleep(request.expiresAt - clock.now(), AbortSignal.any([entry.timer.signal, world.scope.signal])).then(
      () => close(request.id, null, 'timeout'),
      () => undefined,
    )
  }

  /** Whether the program itself is one that may always be run; a shell is a way to run any. */
  function listed(rule: ExecRule, { argv, cwd, path, node }: Approval, agent: string): boolean {
    if (node !== undefined) return false // what lies under a path of another machine is not known here
    const program = world.outside.which(argv[0] ?? '', cwd, path)
    if (program === undefined || runsOthers(program)) return false
    if (onAllowlist(rule.allowlist, program, world.outside.childEnv['HOME'] ?? '')) return true
    // One of a skill is the one found by its name; another of that name in some folder is not meant.
    const name = program.slice(program.lastIndexOf('/') + 1)
    return rule.skills && world.outside.which(name, '/') === program && programs(agent).includes(name)
  }

  /** What a permission is for: the words, where, on which machine, and the bytes of the scripts they name. */
  async function hashOf({ command, argv, cwd, path, node }: Approval): Promise<string> {
    const scripts = node === undefined ? await world.outside.codeHash(argv, cwd) : ''
    return sha256(JSON.stringify([command, argv, cwd, path ?? '', node ?? '', scripts]))
  }

  /** Asks a person on behalf of a tool; null when nobody answered in time. */
  async function askPerson(
    question: Approval,
    asker: Asker,
    hash: string,
    signal: AbortSignal,
  ): Promise<ApprovalDecision | null> {
    const now = clock.now()
    const request: ApprovalRequest = {
      id: newId('apr', clock),
      session: asker.session,
      agent: asker.agent,
      command: question.command,
      argv: question.argv,
      cwd: question.cwd,
      ...(question.node === undefined ? {} : { host: `node ${question.node}` }),
      hash,
      createdAt: now,
      expiresAt: now + approvalMs,
    }
    try {
      await put(request, asker.to)
      const { decision } = await orAbort(decided(request.id), signal)
      if (decision === 'allow-always') await db.write(() => kv.set(db, `allow:${asker.agent}`, hash, question.command))
      return decision
    } finally {
      close(request.id, 'deny', 'stop')
    }
  }

  async function decided(id: string): Promise<Decided> {
    const found = waiting.get(id)?.answer.promise ?? recent.get(id)
    if (!found) throw new Fault('NOT_FOUND', 'approval expired or not found')
    return found
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
      const config = {
        security: stricter('security', asker.rule.execSecurity, question.security),
        ask: stricter('ask', asker.rule.execAsk, question.ask),
      }
      const file = await world.settings.execApprovals()
      const rule = execRule(config, file, asker.agent)
      if (rule.security === 'deny') return false
      // Kept apart, a program reaches nothing but its own folder.
      const apart = question.boxed === true && rule.ask !== 'always'
      const free = apart || (question.elevated === true && asker.elevated === 'full')
      if (free || (rule.ask === 'off' && rule.security === 'full')) return true
      if (!showable([question.command, ...question.argv, question.cwd, question.node ?? ''].join(' '))) return false
      const hash = await hashOf(question)
      if (rule.ask !== 'always') {
        if (rule.security === 'full' || kv.get(db, `allow:${asker.agent}`, hash) !== undefined) return true
        if (listed(rule, question, asker.agent)) return true
        if (rule.ask === 'off') return false
      }
      const answer = await askPerson(question, asker, hash, signal)
      if (answer === null)
        return rule.fallback === 'full' || (rule.fallback === 'allowlist' && listed(rule, question, asker.agent))
      if (answer === 'deny') return false
      if ((await hashOf(question)) === hash) return 'person'
      throw new Fault('CONFLICT', 'a script this names was changed after it was allowed; nothing was run, ask again')
    },
    async open(question, ms, to) {
      if (waiting.has(question.id)) throw new Fault('CONFLICT', `approval id already pending: ${question.id}`)
      if (!showable(question.command + question.cwd))
        throw new Fault('INVALID_REQUEST', 'the command is too long, or holds characters that cannot be shown')
      const hash = await sha256(JSON.stringify([question.command, question.argv, question.cwd]))
      const now = clock.now()
      const request = { ...question, hash, createdAt: now, expiresAt: now + ms }
      await put(request, to)
      return request
    },
    spend(id, fits) {
      const found = recent.get(id)
      if (!found?.decision || found.decision === 'deny' || spent.has(id) || !fits(found.request)) return undefined
      spent.add(id)
      return found.decision
    },
    decided,
    resolve(id, decision, by) {
      if (!waiting.has(id))
        throw new Fault('NOT_FOUND', `unknown approval id: ${id}; it was answered, or its time is over`)
      close(id, decision, by)
    },
    pending: () => [...waiting.values()].map((w) => w.request),
    askedOf: (id, message) => askedOf(waiting.get(id)?.asked ?? [], message),
  }
}
