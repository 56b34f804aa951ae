// Shortens old tool results once the provider's cache of a session has run out. Computed from the log, never stored.
import type { PruneRule } from '../../domain/pruning.ts'
import type { Entry, Part } from '../../domain/turn.ts'
import { estimateTokens } from './history.ts'
import type { Candidate } from '../settings.ts'
import { passes } from '../tools/policy.ts'
import type { World } from '../world.ts'

type Result = Extract<Part, { type: 'result' }>

/** Where the last turn begins that came after the cache had run out; 0 when there is none. */
function lastGap(entries: readonly Entry[], ttlMs: number): number {
  let touched: number | undefined
  let gap = 0
  entries.forEach((e, i) => {
    if (e.role === 'assistant') touched = e.at
    else if (e.role === 'user' && touched !== undefined && e.at - touched >= ttlMs) gap = i
  })
  return gap
}

const charsOf = (entries: readonly Entry[]): number => entries.reduce((sum, e) => sum + estimateTokens(e.parts) * 4, 0)

function trimmed(text: string, { maxChars, headChars, tailChars }: PruneRule['softTrim']): string {
  if (text.length <= maxChars || headChars + tailChars >= text.length) return text
  const tail = tailChars ? text.slice(-tailChars) : ''
  const note = `[Shortened: the first ${headChars} and last ${tailChars} of ${text.length} characters.]`
  return `${text.slice(0, headChars)}\n...\n${tail}\n\n${note}`
}

/** The entries with the results that `may` be changed as `change` says, oldest first. */
function changed(entries: readonly Entry[], may: (p: Part) => p is Result, change: (p: Result) => string): Entry[] {
  return entries.map((e) => {
    if (e.role !== 'tool' || !e.parts.some(may)) return e
    const parts = e.parts.map((p) => (may(p) ? { ...p, text: change(p) } : p))
    return { ...e, parts, tokens: estimateTokens(parts) }
  })
}

/**
 * What a model with `window` tokens is shown of a log. Nothing changes while the cache holds, so that what the provider
 * remembers stays of use; then results before the last answers are cut, and if that is not enough the oldest go. What
 * people and the model said stays, and so do results with pictures.
 */
export function pruned(entries: readonly Entry[], rule: PruneRule, window: number): readonly Entry[] {
  const gap = lastGap(entries, rule.ttlMs)
  const old = entries.slice(0, gap)
  const answers = old.flatMap((e, i) => (e.role === 'assistant' ? [i] : []))
  const to = rule.keepLastAssistants === 0 ? gap : (answers.at(-rule.keepLastAssistants) ?? 0)
  const from = old.findIndex((e) => e.role === 'user')
  const room = window * 4
  if (from < 0 || from >= to || charsOf(old) < room * rule.softTrimRatio) return entries
  const may = (p: Part): p is Result => p.type === 'result' && !p.media?.length && passes(rule.tools, p.tool)
  const soft = changed(old.slice(from, to), may, (p) => trimmed(p.text, rule.softTrim))
  const around = charsOf([...old.slice(0, from), ...old.slice(to)])
  let left = around + charsOf(soft)
  const prunable = soft.flatMap((e) => e.parts.filter(may)).reduce((sum, p) => sum + p.text.length, 0)
  const { enabled, placeholder } = rule.hardClear
  const clears = enabled && left >= room * rule.hardClearRatio && prunable >= rule.minPrunableToolChars
  const shown = clears
    ? changed(soft, may, (p) => {
        if (left < room * rule.hardClearRatio || p.text.length <= placeholder.length) return p.text
        left -= p.text.length - placeholder.length
        return placeholder
      })
    : soft
  return [...entries.slice(0, from), ...shown, ...entries.slice(to)]
}

/** Whether a model's provider remembers prompts for a while and charges for putting them in anew. */
const caches = ({ provider, ref }: Candidate): boolean =>
  provider.id === 'anthropic-messages' || ref.startsWith('openrouter/anthropic/')

/** The same by the config, for the model that is asked first. */
export function prunedFor(world: World, entries: readonly Entry[], model: Candidate, window: number): readonly Entry[] {
  const rule = caches(model) ? world.settings.pruning() : undefined
  return rule ? pruned(entries, rule, window) : entries
}
