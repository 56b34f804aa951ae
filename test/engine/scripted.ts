// A model that answers from a script, and a chat platform kept in memory: the two ends of the engine under test.
import type { Connection } from '../../src/define/channel.ts'
import type { Endpoint, FailureClass, ModelInfo, ModelRequest, Provider } from '../../src/define/provider.ts'
import type { Candidate } from '../../src/engine/settings.ts'
import type { OutboundMessage } from '../../src/domain/message.ts'
import type { Part, Usage } from '../../src/domain/turn.ts'
import { Fault } from '../../src/lib/fault.ts'

/** One answer of the scripted model. A plain text is `{ text }`. */
export interface Line {
  readonly text?: string
  /** What it thinks first. */
  readonly thinking?: string
  readonly calls?: readonly { readonly id?: string; readonly tool: string; readonly input?: unknown }[]
  /** Ends with this fault instead, after the text. */
  readonly fault?: Fault
  /** Never ends, whatever its signal says, after the text. */
  readonly hang?: boolean
  /** Waits for this before anything is said; ends when the signal aborts. */
  readonly wait?: Promise<unknown>
  /** Waits for this after its thoughts, or its text when it has none, and goes on then. */
  readonly later?: Promise<unknown>
  readonly usage?: Usage
}

export type Script = (req: ModelRequest, nth: number) => Line | string

/** A Fault as a provider makes it. */
export const modelFault = (kind: FailureClass, more: { retryAfterMs?: number } = {}) => {
  const code = (
    {
      auth: 'UNAUTHORIZED',
      rate_limit: 'LIMITED',
      billing: 'FORBIDDEN',
      timeout: 'UNAVAILABLE',
      format: 'INVALID_REQUEST',
      overflow: 'TOO_LARGE',
      unknown: 'UNAVAILABLE',
    } as const
  )[kind]
  return new Fault(code, `the model says ${kind}`, { details: { class: kind }, ...more })
}

const forever = new Promise<never>(() => undefined)
const small: Usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 }

/** A provider that answers by `script`; every request is kept. */
export function scripted(script: Script) {
  const requests: ModelRequest[] = []
  const provider: Provider = {
    id: 'scripted',
    summary: 'Answers from a script.',
    async *stream(req, _endpoint, { signal }) {
      requests.push({ ...req, messages: [...req.messages] })
      const said = script(req, requests.length - 1)
      const line = typeof said === 'string' ? { text: said } : said
      if (line.wait) {
        const gone = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        await Promise.race([line.wait, gone])
        if (signal.aborted)
          return yield { type: 'end', stop: 'aborted', parts: [], usage: small, error: new Fault('CANCELLED', 'gone') }
      }
      if (line.thinking) yield { type: 'thinking', delta: line.thinking }
      if (line.thinking) await line.later
      for (const delta of line.text?.match(/[\s\S]{1,8}/g) ?? []) yield { type: 'text', delta }
      if (line.hang) await forever
      if (!line.thinking) await line.later
      const calls = (line.calls ?? []).map((c, i): Part => ({
        type: 'call',
        id: c.id ?? `call_${requests.length}_${i}`,
        tool: c.tool,
        input: c.input ?? {},
      }))
      const thoughts: Part[] = line.thinking === undefined ? [] : [{ type: 'thinking', text: line.thinking }]
      const parts: Part[] = [...thoughts, ...(line.text ? [{ type: 'text' as const, text: line.text }] : []), ...calls]
      const usage = line.usage ?? small
      if (line.fault) yield { type: 'end', stop: 'error', parts, usage, error: line.fault }
      else yield { type: 'end', stop: calls.length ? 'tools' : 'end', parts, usage }
    },
  }
  return { provider, requests }
}

/** What is known of a scripted model. */
export const modelInfo = (id: string): ModelInfo => ({
  id,
  name: id,
  contextWindow: 200_000,
  maxTokens: 8192,
  reasoning: false,
  input: ['text'],
})

/** A candidate at an endpoint of its own name: `a/one`. */
export function candidateOf(ref: string, provider: Provider, info: Partial<ModelInfo> = {}): Candidate {
  const [endpoint = '', id = ''] = ref.split('/')
  const at: Endpoint = { id: endpoint }
  return { ref, provider, endpoint: at, info: { ...modelInfo(id), ...info } }
}

/** What the platform does with a message instead of taking it. */
export type Trouble = Fault | 'hang' | undefined

/** A platform in memory: what it was told, and what it is to do. */
export function platform() {
  const sent: OutboundMessage[] = []
  const edits: { platformId: string; text: string }[] = []
  const removed: string[] = []
  const rules: { trouble: (m: OutboundMessage) => Trouble; editTrouble: () => Trouble; typed: number; away: boolean } =
    {
      trouble: () => undefined,
      editTrouble: () => undefined,
      typed: 0,
      away: false,
    }
  const meet = async (trouble: Trouble, signal: AbortSignal) => {
    if (trouble === 'hang')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    else if (trouble) throw trouble
  }
  const connection: Connection = {
    me: { id: 'bot', handle: 'bot' },
    async send(message, signal) {
      await meet(rules.trouble(message), signal)
      sent.push(message)
      return { platformId: `p${sent.length}` }
    },
    async edit(_at, platformId, text, signal) {
      await meet(rules.editTrouble(), signal)
      edits.push({ platformId, text })
    },
    async remove(_at, platformId) {
      removed.push(platformId)
    },
    typing: async () => void rules.typed++,
  }
  return Object.assign(rules, { sent, edits, removed, connection })
}

export type Platform = ReturnType<typeof platform>
