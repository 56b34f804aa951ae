// Cuts blocks off a text that is still being written: at a kind place once there is enough, anywhere when there is too much.
import { openFence } from './split.ts'

/** Sizes of a block in UTF-16 units, and where it is best cut. */
export interface BlockRule {
  readonly min: number
  readonly max: number
  readonly prefer: 'paragraph' | 'newline' | 'sentence'
}

const marks = {
  paragraph: ['\n\n', '\n', '. '],
  newline: ['\n', '. '],
  sentence: ['. ', '\n'],
} as const

/** Where the first block of a growing text ends; undefined while it is better to wait for more. */
export function blockEnd(text: string, rule: BlockRule): number | undefined {
  const max = Math.max(1, rule.max)
  const min = Math.min(rule.min, max)
  if (text.length < min) return undefined
  const head = text.slice(0, max)
  const over = text.length >= max
  for (const mark of over ? [...marks[rule.prefer], ' '] : marks[rule.prefer].slice(0, 1)) {
    const at = head.lastIndexOf(mark)
    const end = at + mark.length
    if (at >= 0 && end >= min && (over || openFence(text.slice(0, end)) === undefined)) return end
  }
  if (!over) return undefined
  const last = text.charCodeAt(max - 1)
  return last >= 0xd800 && last <= 0xdbff && max > 1 ? max - 1 : max
}
