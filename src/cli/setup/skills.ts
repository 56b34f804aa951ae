// What skills lack, and getting it for them: programs are installed, keys are asked for; by the gateway that runs.
import { Fault } from '../../lib/fault.ts'
import type { Run } from '../context.ts'
import type { Asker } from './asker.ts'
import { patchConfig } from './files.ts'

/** A skill as `skills.status` shows it, as far as the set-up looks. */
interface SkillRow {
  readonly name: string
  readonly skillKey: string
  readonly primaryEnv?: string
  readonly eligible: boolean
  readonly disabled: boolean
  readonly blockedByAllowlist: boolean
  readonly changed?: boolean
  readonly missing: {
    readonly bins: readonly string[]
    readonly anyBins: readonly string[]
    readonly env: readonly string[]
  }
  readonly install: readonly { readonly label: string }[]
}

/** How long an install may take, in ms. */
const longestMs = 900_000

const wanted = (s: SkillRow) => !s.eligible && !s.disabled && !s.blockedByAllowlist && !s.changed
const lacksProgram = (s: SkillRow) => s.missing.bins.length + s.missing.anyBins.length > 0 && s.install.length > 0
const lacksKey = (s: SkillRow) => s.primaryEnv !== undefined && s.missing.env.includes(s.primaryEnv)

async function give(run: Run, asker: Asker, s: SkillRow): Promise<void> {
  if (!lacksProgram(s)) {
    const apiKey = await asker.secret({ message: `${s.primaryEnv} for ${s.name} (empty to leave it)` })
    if (apiKey) await patchConfig(run, { skills: { entries: { [s.skillKey]: { apiKey } } } })
    return
  }
  try {
    const install = () => run.call('skills.install', { name: s.name, timeoutMs: longestMs }, longestMs)
    const done = (await asker.busy(`Installing what ${s.name} needs`, install)) as { message: string }
    asker.note(done.message, s.name)
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'CANCELLED') throw error
    asker.note(error.message, `${s.name} was left as it is`)
  }
}

/** Offers to get what skills lack until the person has enough. Answers the names of those that are ready. */
export async function skillsStep(run: Run, asker: Asker | undefined): Promise<string[]> {
  const tried = new Set<string>()
  for (;;) {
    const { skills } = (await run.call('skills.status', {})) as { skills: readonly SkillRow[] }
    const ready = skills.filter((s) => s.eligible).map((s) => s.name)
    const open = skills.filter((s) => wanted(s) && !tried.has(s.name) && (lacksProgram(s) || lacksKey(s)))
    if (!asker || !open.length) return ready
    const name = await asker.select('Shall a skill get what it lacks?', [
      { value: '', label: 'No, go on', hint: ready.length ? `ready: ${ready.join(', ')}` : 'none is ready yet' },
      ...open.map((s) => ({
        value: s.name,
        label: s.name,
        hint: lacksProgram(s) ? (s.install[0]?.label ?? '') : `needs ${s.primaryEnv}`,
      })),
    ])
    const chosen = open.find((s) => s.name === name)
    if (!chosen) return ready
    tried.add(name)
    await give(run, asker, chosen)
  }
}
