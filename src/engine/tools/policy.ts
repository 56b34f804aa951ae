// Which tools an agent has with a model: lists that each can only narrow.
import type { AnyTool } from '../../define/tool.ts'
import type { ToolRule, ToolStep } from './rule.ts'

const groups: Readonly<Record<string, readonly string[]>> = {
  'group:runtime': ['exec', 'process'],
  'group:fs': ['read', 'write', 'edit', 'apply_patch', 'search'],
  'group:sessions': [
    'sessions_list',
    'sessions_history',
    'sessions_send',
    'sessions_spawn',
    'subagents',
    'session_status',
  ],
  'group:memory': ['memory_search', 'memory_get'],
  'group:web': ['web_search', 'web_fetch'],
  'group:ui': ['browser', 'canvas'],
  'group:automation': ['cron', 'gateway'],
  'group:messaging': ['message'],
  'group:nodes': ['nodes'],
}

const profiles: Readonly<Record<NonNullable<ToolStep['profile']>, readonly string[]>> = {
  minimal: ['session_status'],
  coding: ['group:fs', 'group:runtime', 'group:sessions', 'group:memory', 'image', 'web_fetch'],
  messaging: ['message', 'sessions_list', 'sessions_history', 'sessions_send', 'session_status'],
  full: ['*'],
}

/** Whether a list of names, groups and `*` patterns names this tool. */
export function toolNamed(list: readonly string[], id: string): boolean {
  return list.some((entry) => {
    const name = entry.toLowerCase()
    if (name === 'group:openclaw') return true
    if (groups[name]) return groups[name].includes(id)
    if (!name.includes('*')) return name === id
    return new RegExp(
      `^${name
        .split('*')
        .map((s) => s.replaceAll(/[^a-z0-9_-]/g, '\\$&'))
        .join('.*')}$`,
    ).test(id)
  })
}

/** Whether a step lets a tool through: its profile or list names it, or what it adds to them does, and it denies it not. */
export function passes(step: ToolStep, id: string): boolean {
  const also = step.alsoAllow ?? []
  const within = (list: readonly string[] | undefined) => !list || toolNamed(list, id) || toolNamed(also, id)
  return within(step.profile && profiles[step.profile]) && within(step.allow) && !toolNamed(step.deny ?? [], id)
}

/** The steps that count with a model: what is said for `provider/model` goes before what is said for its provider. */
function stepsFor(rule: ToolRule, model: string | undefined): readonly ToolStep[] {
  const ref = (model ?? '').toLowerCase()
  const said = (rule.byModel ?? []).flatMap((lists) => lists[ref] ?? lists[ref.split('/')[0] ?? ''] ?? [])
  return [rule, ...(rule.steps ?? []), ...said]
}

/** Whether the patch tool is for a model; a name without a provider means it with any. */
const patches = (rule: ToolRule, model: string | undefined): boolean =>
  !rule.patchModels?.length ||
  rule.patchModels.some((m) => [model, model?.slice(model.indexOf('/') + 1)].includes(m.toLowerCase()))

interface Known {
  readonly all: readonly AnyTool[]
  readonly byModel: Map<string, readonly AnyTool[]>
}
const allowed = new WeakMap<ToolRule, Known>()

/** The tools a rule allows with a model (`provider/model`). Remembered for the same rule and list. */
export function allowedTools(rule: ToolRule, all: readonly AnyTool[], model?: string): readonly AnyTool[] {
  let known = allowed.get(rule)
  if (known?.all !== all) allowed.set(rule, (known = { all, byModel: new Map() }))
  const found = known.byModel.get(model ?? '')
  if (found) return found
  const steps = stepsFor(rule, model)
  const tools = all.filter(
    (t) =>
      steps.every((step) => passes(step, t.id)) &&
      !(t.risk === 'exec' && rule.execSecurity === 'deny') &&
      (t.id !== 'apply_patch' || patches(rule, model?.toLowerCase())),
  )
  known.byModel.set(model ?? '', tools)
  return tools
}
