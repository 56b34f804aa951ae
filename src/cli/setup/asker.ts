// Asks a person at the terminal, in a few kinds of question; nothing else knows how that looks.
import type { Readable, Writable } from 'node:stream'
import { Fault } from '../../lib/fault.ts'

/** One thing to choose. */
export interface Choice<T extends string> {
  readonly value: T
  readonly label: string
  readonly hint?: string
}

/** What is wrong with an answer, or nothing. */
export type Check = (value: string) => string | undefined

/** A person who can be asked. Every question throws CANCELLED when the person gives up. */
export interface Asker {
  intro(title: string): void
  note(text: string, title?: string): void
  outro(text: string): void
  text(q: { message: string; initial?: string; placeholder?: string; check?: Check }): Promise<string>
  secret(q: { message: string; check?: Check }): Promise<string>
  confirm(message: string, initial: boolean): Promise<boolean>
  select<T extends string>(message: string, choices: readonly Choice<T>[], initial?: T): Promise<T>
  /** Shows that something goes on until it has ended. */
  busy<T>(message: string, work: () => Promise<T>): Promise<T>
}

/** The person at this terminal; `again` is the command that goes on from here. */
export async function terminalAsker(again: string, input?: Readable, output?: Writable): Promise<Asker> {
  const clack = await import('@clack/prompts')
  const at = { ...(input ? { input } : {}), ...(output ? { output } : {}) }
  const given = <T>(value: T): Exclude<T, symbol> => {
    if (typeof value !== 'symbol') return value as Exclude<T, symbol>
    throw new Fault('CANCELLED', `stopped; go on where you were with \`${again}\``)
  }
  const checked = (check: Check | undefined) => (check ? { validate: (v: string | undefined) => check(v ?? '') } : {})
  return {
    intro: (title) => clack.intro(title, at),
    note: (text, title) => clack.note(text, title, at),
    outro: (text) => clack.outro(text, at),
    text: async ({ message, initial, placeholder, check }) =>
      given(
        await clack.text({
          message,
          ...(initial === undefined ? {} : { initialValue: initial }),
          ...(placeholder === undefined ? {} : { placeholder }),
          ...checked(check),
          ...at,
        }),
      ).trim(),
    secret: async ({ message, check }) => given(await clack.password({ message, ...checked(check), ...at })).trim(),
    confirm: async (message, initialValue) => given(await clack.confirm({ message, initialValue, ...at })),
    async select<T extends string>(message: string, choices: readonly Choice<T>[], initial?: T) {
      const options = choices.map(({ value, label, hint }) => ({
        value: value as string,
        label,
        ...(hint === undefined ? {} : { hint }),
      }))
      const initialValue = initial === undefined ? {} : { initialValue: initial as string }
      return given(await clack.select<string>({ message, options, ...initialValue, ...at })) as T
    },
    async busy(message, work) {
      const spinner = clack.spinner(at)
      spinner.start(message)
      try {
        const value = await work()
        spinner.stop(message)
        return value
      } catch (error) {
        spinner.error(message)
        throw error
      }
    },
  }
}
