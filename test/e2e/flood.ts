// Twenty people who write to the bot at once, answered by two models; and what must be true of the answers.
import { expect } from 'bun:test'
import { fakeAnthropic, lastUserText as fromAnthropic } from '../fakes/anthropic.ts'
import type { Script } from '../fakes/model-script.ts'
import { fakeOpenai, lastUserText as fromOpenai } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { merged, telegramConfig } from './harness.ts'
import { until } from './program.ts'

const names = Array.from({ length: 20 }, (_, i) => `person${i}`)
const model = { id: 'm', name: 'M', contextWindow: 200_000, maxTokens: 8192 }

/** The platform, two models, and the config that joins them: half of the people talk to each. */
export async function crowd(delayMs: () => number = () => 0) {
  const tg = await fakeTelegram()
  const say = (text: string): Script => ({
    text: `answer to ${/m\d+-\d+/.exec(text.slice(text.lastIndexOf('m')))?.[0] ?? text}`,
    delayMs: delayMs(),
  })
  const anthropic = fakeAnthropic({ reply: (body) => say(fromAnthropic(body)) })
  const openai = fakeOpenai({ reply: (body) => say(fromOpenai(body)) })
  const chats = names.map((name) => Number(tg.chat(name).id))
  const providers = {
    one: { baseUrl: anthropic.url, apiKey: 'sk-ant-test', api: 'anthropic-messages', models: [model] },
    two: { baseUrl: openai.url, apiKey: 'sk-test', api: 'openai-completions', models: [model] },
  }
  const config = merged(telegramConfig(tg.token, tg.url), {
    models: { providers },
    agents: {
      defaults: { model: { primary: 'one/m' }, maxConcurrent: 32 },
      list: [
        { id: 'main', default: true },
        { id: 'second', model: 'two/m' },
      ],
    },
    bindings: chats
      .filter((_, i) => i % 2)
      .map((id) => ({ agentId: 'second', match: { channel: 'telegram', peer: { kind: 'direct', id: String(id) } } })),
  })
  const written: number[] = names.map(() => 0)

  return {
    tg,
    anthropic,
    openai,
    config,
    /** So many messages, one person after the other. */
    write(n: number) {
      for (let i = 0; i < n; i++) {
        const who = written.reduce((least, count, j) => (count < (written[least] ?? 0) ? j : least), 0)
        tg.user(names[who] ?? '').says(`m${who}-${written[who]}`)
        written[who] = (written[who] ?? 0) + 1
      }
    },
    /** The numbers of the messages answered in a person's chat, as the answers came. */
    answers: (who: number): number[] =>
      tg.sent.flatMap((s) => {
        const m = s.chat === chats[who] && !s.deleted ? /^answer to m(\d+)-(\d+)$/.exec(s.text) : null
        if (m) expect(Number(m[1])).toBe(who)
        return m ? [Number(m[2])] : []
      }),
    /** Everything said in a person's chat that is no answer. */
    others: (who: number): string[] =>
      tg.sent.filter((s) => s.chat === chats[who] && !s.text.startsWith('answer to ')).map((s) => s.text),
    people: names.map((_, i) => i),
    /** The numbers of all messages a person wrote. */
    asked: (who: number): number[] => Array.from({ length: written[who] ?? 0 }, (_, i) => i),
    sentAtLeast: (n: number, ms: number) => until(`${n} messages of the bot`, () => tg.sent.length >= n, ms),
    async [Symbol.asyncDispose]() {
      await Promise.all([tg[Symbol.asyncDispose](), anthropic[Symbol.asyncDispose](), openai[Symbol.asyncDispose]()])
    },
  }
}
