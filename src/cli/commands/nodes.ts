// What nodes are asked to do, on the command line: each act of theirs is a command.
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { saveFile } from '../../os/unpack.ts'
import { fileOf, nodeActs, type NodeAct } from '../../ops/node-acts.ts'
import { pickNode, type KnownNode } from '../../ops/node-find.ts'
import type { Command, Run } from '../context.ts'
import { json } from '../print.ts'

const ofNode = () => ({
  node: z
    .string()
    .optional()
    .describe('which: id, the beginning of it, name or address; the only one that can when left out'),
  invokeTimeout: z.number().int().min(1).optional().describe('how long to wait for the node, in ms'),
})

const outFlag = () => ({
  out: z.string().min(1).optional().describe('the file to write; one in the temporary folder when left out'),
})

type Input = Record<string, unknown> & { node?: string; invokeTimeout?: number; out?: string }

/** The messages of a file; `-` is what comes in. */
async function textOf(path: string): Promise<string> {
  try {
    return path === '-' ? await Bun.stdin.text() : await readFile(path, 'utf8')
  } catch (cause) {
    throw new Fault('NOT_FOUND', `${path} cannot be read`, { cause })
  }
}

async function perform(act: NodeAct, { node, invokeTimeout, out, ...given }: Input, run: Run): Promise<number> {
  const { ctx, globals } = run
  const { jsonl } = given
  const words = typeof jsonl === 'string' ? { ...given, jsonl: await textOf(jsonl) } : given
  const client = await run.connect()
  const results: unknown[] = []
  try {
    const { nodes } = (await client.call('node.list', {}, ctx.signal)) as { nodes: KnownNode[] }
    const { nodeId } = pickNode(nodes, node, act.command)
    for (const call of act.calls(words as never)) {
      const ask = {
        nodeId,
        command: call.command,
        params: call.params,
        timeoutMs: invokeTimeout ?? act.timeoutMs,
        idempotencyKey: newId('cli', ctx.clock),
      }
      const { payload } = (await client.call('node.invoke', ask, ctx.signal)) as { payload: unknown }
      if (!act.file) results.push(payload)
      else {
        const file = fileOf(payload, call)
        const path =
          out ?? join(tmpdir(), `openclaw-${process.getuid?.() ?? 0}`, `${newId('openclaw', ctx.clock)}-${file.name}`)
        await saveFile(path, file.bytes)
        const { base64: _bytes, ...about } = payload as Record<string, unknown>
        results.push({ ...about, path })
        if (!globals.json) ctx.stdout(`MEDIA:${path}\n`)
      }
    }
  } finally {
    client.close()
  }
  if (globals.json || !act.file) ctx.stdout(json(results.length === 1 ? results[0] : results))
  return 0
}

/** One command per act. */
export const commands: readonly Command[] = nodeActs.map((act) => ({
  path: `nodes ${act.path}`,
  summary: act.summary,
  ...(act.args ? { args: act.args } : {}),
  get flags() {
    return act.params().extend({ ...ofNode(), ...(act.file ? outFlag() : {}) })
  },
  examples: [`nodes ${act.path}${act.args ? ` <${act.args[0]}>` : ''} --node <node>`],
  run: (input, run) => perform(act, input, run),
}))
