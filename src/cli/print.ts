// Colours, only where somebody sees them.
import { styleText } from 'node:util'
import type { Env } from '../config/paths.ts'

type Ink = (text: string) => string

/** The few inks we use; they change nothing when colours are off. */
export interface Paint {
  readonly bold: Ink
  readonly dim: Ink
  readonly red: Ink
  readonly green: Ink
  readonly yellow: Ink
}

/** Whether to use colours: https://no-color.org and FORCE_COLOR, else whether it is a terminal. */
export function wantsColor(env: Env, isTTY: boolean, flag: boolean): boolean {
  if (!flag || env['NO_COLOR']) return false
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0'
  return isTTY && env['TERM'] !== 'dumb'
}

/** Inks that colour, or not. */
export function paint(on: boolean): Paint {
  const ink = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow'): Ink =>
    on ? (text) => styleText(format, text, { validateStream: false }) : (text) => text
  return { bold: ink('bold'), dim: ink('dim'), red: ink('red'), green: ink('green'), yellow: ink('yellow') }
}

/** A value as `--json` shows it. */
export const json = (value: unknown): string => `${JSON.stringify(value ?? null, undefined, 2)}\n`
