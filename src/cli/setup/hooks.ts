// What runs by itself when something happens here: the hooks that are ready are offered, and switched on by the gateway that runs.
import type { Run } from '../context.ts'
import type { Asker } from './asker.ts'

/** A hook as `hooks.list` shows it, as far as the set-up looks. `lacks` is empty for one that runs. */
interface HookRow {
  readonly name: string
  readonly description: string
  readonly eligible: boolean
  readonly lacks: string
}

/** Offers hooks until the person has enough. Answers the names of those that are on. */
export async function hooksStep(run: Run, asker: Asker): Promise<string[]> {
  for (;;) {
    const { hooks } = (await run.call('hooks.list', {})) as { hooks: readonly HookRow[] }
    const on = hooks.filter((h) => h.lacks === '').map((h) => h.name)
    const open = hooks.filter((h) => h.eligible && h.lacks !== '')
    if (!open.length) return on
    const name = await asker.select('Shall something run by itself when something happens?', [
      { value: '', label: 'No, go on', hint: on.length ? `on: ${on.join(', ')}` : 'nothing is on' },
      ...open.map((h) => ({ value: h.name, label: h.name, hint: h.description.slice(0, 80) })),
    ])
    if (!name) return on
    await run.call('hooks.enable', { name })
  }
}
