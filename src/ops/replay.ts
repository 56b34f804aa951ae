// Going through a turn again as it is in the log, to see what a model was shown and what came of it.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { replay } from '../engine/replay.ts'
import * as sessions from '../store/sessions.ts'
import * as turns from '../store/turns.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'

const Step = z.object({
  messages: z.number(),
  shown: z.string(),
  said: z.string(),
  calls: z.array(z.object({ tool: z.string(), input: z.unknown(), ok: z.boolean(), result: z.string() })),
})

const short = (text: string, max: number) => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > max ? `${line.slice(0, max)}…` : line
}

export const turnsReplay = defineOp({
  id: 'turns.replay',
  summary: 'Goes through a turn again as it is in the log: asks no model, runs no tool, writes nothing.',
  scope: 'read',
  params: z.strictObject({
    turn: z.string().min(1).describe('the turn: its id, that of its run, or a session for its newest'),
  }),
  result: z.object({
    turn: z.string(),
    run: z.string(),
    sessionId: z.string(),
    state: z.string(),
    steps: z.array(Step),
    text: z.string(),
    stop: z.string().optional(),
    same: z.boolean(),
  }),
  cli: {
    path: 'replay',
    args: ['turn'],
    print: (r) =>
      [
        `Turn ${r.turn} of session ${r.sessionId}, ${r.state}`,
        ...r.steps.flatMap((s, i) => [
          `${i + 1}. shown ${s.messages} messages (${s.shown.slice(0, 12)})${s.said ? `: ${short(s.said, 160)}` : ''}`,
          ...s.calls.map(
            (c) => `   ${c.ok ? '✓' : '✗'} ${c.tool} ${short(JSON.stringify(c.input), 100)} → ${short(c.result, 100)}`,
          ),
        ]),
        `End: ${r.stop ?? 'cut off'}`,
        r.same ? 'The log is what the loop makes of it.' : 'The loop makes something else of the log than is in it.',
      ].join('\n'),
    exitCode: (r) => (r.same ? 0 : 1),
  },
  examples: [{ params: { turn: 'trn_example' }, note: 'a turn that is in the log' }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const { db } = e.world
    const session = () => sessions.byKey(db, keyOf(e, p.turn)) ?? sessions.byId(db, p.turn)
    const found = turns.byId(db, p.turn) ?? turns.byRun(db, p.turn) ?? turns.newest(db, session()?.id ?? '')
    if (!found)
      throw new Fault(
        'NOT_FOUND',
        `there is no turn "${p.turn}"; give its id, its run or a session (\`oclaw sessions list\`)`,
      )
    const { steps, text, stop, same } = await replay(db, found)
    return {
      turn: found.id,
      run: found.run,
      sessionId: found.session,
      state: found.state,
      steps: steps.map((s) => ({ ...s, calls: [...s.calls] })),
      text,
      ...(stop === undefined ? {} : { stop }),
      same,
    }
  },
})
