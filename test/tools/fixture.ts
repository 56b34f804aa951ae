// A workspace in a temporary folder with something secret beside it, and a context to run tools in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ToolContext } from '../../src/define/tool.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { childEnv, spawner } from '../../src/os/child.ts'
import { tools } from '../../src/tools/index.ts'

/** Makes the workspace; `asked` holds the questions a person got. */
export function workspace(more: Partial<ToolContext> = {}) {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-tools-'))
  const root = join(top, 'ws')
  mkdirSync(join(top, 'outside'))
  mkdirSync(root)
  writeFileSync(join(top, 'outside', 'secret'), 'CANARY')
  const asked: { command: string; argv: readonly string[]; cwd: string }[] = []
  const saved: Uint8Array[] = []
  const ctx: ToolContext = {
    workspace: root,
    confined: true,
    session: 's',
    agent: 'main',
    signal: new AbortController().signal,
    clock: systemClock,
    fetch: globalThis.fetch,
    spawn: spawner(systemClock),
    env: childEnv(process.env),
    media: {
      save: async (bytes, about) => {
        saved.push(bytes)
        return { id: `m${saved.length}`, bytes: bytes.length, mime: about.mime }
      },
      read: () => Promise.reject(new Error('nothing stored')),
    },
    ask: async (question) => {
      asked.push(question)
      return true
    },
    note: () => undefined,
    ...more,
  }
  return {
    top,
    root,
    asked,
    saved,
    ctx,
    file: (name: string, text: string | Uint8Array) => {
      mkdirSync(join(root, name, '..'), { recursive: true })
      writeFileSync(join(root, name), text)
    },
    /** Runs a tool the way the engine does: input parsed by its schema first. */
    async run(id: string, input: Record<string, unknown>) {
      const tool = tools.get(id)
      if (!tool) throw new Error(`no tool ${id}`)
      return tool.run(tool.params.parse(input) as never, ctx)
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }),
  }
}
