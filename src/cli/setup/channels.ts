// Which chats reach the assistant: each channel's own questions, as its definition asks them.
import { Fault } from '../../lib/fault.ts'
import { getPath } from '../../config/path.ts'
import type { AnyChannel } from '../../define/channel.ts'
import type { HostParts, Run } from '../context.ts'
import type { Asker } from './asker.ts'
import { patchConfig } from './files.ts'
import type { SetupFlags } from './flags.ts'

type Config = Readonly<Record<string, unknown>>

/** A patch that puts a value at a dotted key. */
const at = (key: string, value: unknown): Record<string, unknown> =>
  key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Record<string, unknown>

const valueOf = (key: string, text: string): unknown =>
  /^(groupAllowFrom|allowFrom)$/.test(key)
    ? text
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean)
    : text.trim()

const isSet = (config: Config, d: AnyChannel) => getPath(config, ['channels', d.id]) !== undefined

async function oneChannel(run: Run, asker: Asker, d: AnyChannel): Promise<void> {
  let patch: Record<string, unknown> = { enabled: true }
  for (const step of d.setup) {
    const message = `${d.label}: ${step.label}${step.optional ? ' (empty to leave out)' : ''}`
    if (step.help !== undefined) asker.note(step.help, step.label)
    const check = (v: string) => {
      if (!v.trim()) return step.optional ? undefined : 'it cannot be empty'
      return step.check?.(v)
    }
    const answer = step.secret ? await asker.secret({ message, check }) : await asker.text({ message, check })
    if (answer) patch = { ...patch, ...at(step.key, valueOf(step.key, answer)) }
  }
  await patchConfig(run, { channels: { [d.id]: patch } })
  const next = d.login
    ? `link it with your phone: oclaw channels login --channel ${d.id}`
    : 'write to it; it answers with a code, and `oclaw pairing approve` lets you in'
  asker.note(next, `${d.label} is set up`)
}

/** Sets channels up until the person has enough; by flags, Telegram only. Answers the channels that are set. */
export async function channelsStep(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
  host: HostParts,
  config: Config,
): Promise<string[]> {
  const done = new Set(host.channels.filter((d) => isSet(config, d)).map((d) => d.id))
  if (flags.telegramBotToken !== undefined) {
    const telegram = host.channels.find((d) => d.id === 'telegram')
    const wrong = telegram?.setup.find((s) => s.key === 'botToken')?.check?.(flags.telegramBotToken)
    if (wrong !== undefined) throw new Fault('INVALID_REQUEST', `--telegram-bot-token: ${wrong}`)
    await patchConfig(run, { channels: { telegram: { enabled: true, botToken: flags.telegramBotToken } } })
    done.add('telegram')
  }
  if (!asker || flags.skipChannels) return [...done]
  for (;;) {
    const id = await asker.select(
      done.size ? 'Another channel?' : 'Which chat shall reach your assistant?',
      [
        ...host.channels.map((d) => ({ value: d.id, label: d.label, hint: done.has(d.id) ? 'set up' : d.summary })),
        {
          value: '',
          label: done.size ? 'No, go on' : 'None for now',
          hint: 'the Control UI and the terminal always work',
        },
      ],
      done.size ? '' : undefined,
    )
    const d = host.channels.find((c) => c.id === id)
    if (!d) return [...done]
    await oneChannel(run, asker, d)
    done.add(d.id)
  }
}
