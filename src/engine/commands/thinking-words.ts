// The words people use for how much a model thinks.
import { thinkingLevels, type ThinkingLevel } from '../../define/provider.ts'

const other: Readonly<Record<string, ThinkingLevel>> = {
  on: 'low',
  ultra: 'high',
  max: 'high',
  highest: 'high',
  'x-high': 'xhigh',
  'extra-high': 'xhigh',
}

/** Every word for a level. */
export const thinkingWords = [...thinkingLevels, ...Object.keys(other)] as const

/** The level a word means, whatever its case; other words stay as they are. */
export function thinkingLevel(word: string): string {
  const said = word.toLowerCase()
  return Object.hasOwn(other, said) ? (other[said] as string) : said
}
