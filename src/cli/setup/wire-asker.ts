// Asks somebody at the other end of a connection: each question is a step that waits until it is answered.
import { describeError, Fault } from '../../lib/fault.ts'
import type { WizardState, WizardStep } from '../../ops/services.ts'
import type { Asker, Check } from './asker.ts'

type Question = Omit<WizardStep, 'id' | 'executor'>

/** What an answer means, or the Fault that says why it means nothing. */
type Reading<T> = (value: unknown) => T

const wrong = (why: string) => new Fault('INVALID_REQUEST', `wizard: ${why}`)

/** A set-up that is answered step by step. */
export interface WireAsker extends Asker {
  /** The step that waits, or the end; resolves as soon as there is either. */
  now(): Promise<WizardState>
  /** Answers the step that waits. Throws INVALID_REQUEST when it is another one, or the answer does not fit. */
  answer(stepId: string, value: unknown): void
  /** How it stands, without waiting. */
  state(): WizardState
  cancel(): void
}

/** An asker for `run`, which begins at once. */
export function wireAsker(title: string, run: (asker: Asker) => Promise<unknown>): WireAsker {
  let pending: { readonly step: WizardStep; take(value: unknown): void; drop(error: Fault): void } | undefined
  let end: WizardState | undefined
  let moved = Promise.withResolvers<void>()
  let shown: Promise<unknown> = Promise.resolve()

  function move() {
    moved.resolve()
    moved = Promise.withResolvers()
  }

  function ask<T>(question: Question, read: Reading<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const turn = shown.then(() => {
      if (end) return reject(new Fault('CANCELLED', 'cancelled'))
      pending = {
        step: { ...question, id: crypto.randomUUID(), executor: 'client' },
        take: (value) => resolve(read(value)),
        drop: reject,
      }
      move()
    })
    shown = turn.then(() => promise).catch(() => undefined)
    return promise
  }

  const text = (q: { message: string; initial?: string; placeholder?: string; check?: Check }, sensitive: boolean) =>
    ask(
      {
        type: 'text',
        message: q.message,
        ...(q.initial === undefined ? {} : { initialValue: q.initial }),
        ...(q.placeholder === undefined ? {} : { placeholder: q.placeholder }),
        ...(sensitive ? { sensitive } : {}),
      },
      (value) => {
        const said = value === undefined && q.initial !== undefined ? q.initial : (value ?? '')
        if (typeof said !== 'string' && typeof said !== 'number') throw wrong('a text is wanted')
        const flaw = q.check?.(String(said))
        if (flaw !== undefined) throw wrong(flaw)
        return String(said).trim()
      },
    )

  const note = (message: string, heading?: string) =>
    void ask({ type: 'note', message, ...(heading === undefined ? {} : { title: heading }) }, () => undefined).catch(
      () => undefined, // it was cancelled: whoever asks next hears of it
    )

  const state = (): WizardState => end ?? { done: false, status: 'running', ...(pending ? { step: pending.step } : {}) }

  function finish(with_: WizardState) {
    end ??= with_
    pending?.drop(new Fault('CANCELLED', 'cancelled'))
    pending = undefined
    move()
  }

  const asker: WireAsker = {
    intro: () => note('', title),
    note,
    outro: (message) => note(message),
    text: (q) => text(q, false),
    secret: (q) => text(q, true),
    confirm: (message, initialValue) =>
      ask({ type: 'confirm', message, initialValue }, (value) => {
        if (value === undefined) return initialValue
        if (typeof value !== 'boolean') throw wrong('true or false is wanted')
        return value
      }),
    select: (message, choices, initial) =>
      ask(
        { type: 'select', message, options: choices, ...(initial === undefined ? {} : { initialValue: initial }) },
        (value) => {
          const said = value === undefined ? (initial ?? choices[0]?.value) : value
          const found = choices.find((c) => c.value === said)
          if (!found) throw wrong(`one of these is wanted: ${choices.map((c) => c.value || '""').join(', ')}`)
          return found.value
        },
      ),
    busy: (_message, work) => work(),
    async now() {
      const first = state()
      if (first.done || first.step) return first
      await moved.promise
      return asker.now()
    },
    answer(stepId, value) {
      if (pending?.step.id !== stepId) throw wrong('that step is not the one that waits')
      pending.take(value)
      pending = undefined
    },
    state,
    cancel: () => finish({ done: true, status: 'cancelled', error: 'cancelled' }),
  }
  run(asker)
    .then(() => shown)
    .then(() => finish({ done: true, status: 'done' }))
    .catch((error: unknown) => {
      const said = error instanceof Fault ? error.message : describeError(error)
      finish({ done: true, status: 'error', error: said })
    })
  return asker
}
