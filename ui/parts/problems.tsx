// What is wrong now, with the one click or the command that mends it.
import { ops } from '../gateway.ts'
import { hrefOf } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Card, Pill } from './bits.tsx'
import { Command } from './code.tsx'

interface Problem {
  readonly id: string
  readonly tone: 'quiet' | 'warn' | 'bad'
  readonly text: string
  /** The command that mends it. */
  readonly command?: string
  /** The page where it can be mended. */
  readonly page?: string
  /** What mends it at once. */
  readonly mend?: { readonly name: string; run(): Promise<unknown> }
}

/** Checks of the doctor whose findings are shown in more detail already. */
const elsewhere = new Set(['config.valid', 'channels.credentials'])

/** The command of what the doctor mends by itself. */
const byItself = 'oclaw doctor --fix'
/** Notes that are worth a look. */
const notes = new Set(['config.rejected'])

/** Everything that is wrong, as far as the gateway's checks know. */
function useProblems(): { readonly list: readonly Problem[]; readonly asked: boolean; reload(): void } {
  const again = { on: ['config.changed', 'presence'], everyMs: 60_000 }
  // What the channels say is there at once; what they answer when they are asked may take a while.
  const said = useOp('channels.status', {}, again)
  const probed = useOp('channels.status', { probe: true, timeoutMs: 4000 }, again)
  const channels = probed.data ? probed : said
  const config = useOp('config.get', {}, again)
  const doctor = useOp('doctor.checks', {}, { on: ['config.changed'], everyMs: 300_000 })
  const update = useOp('update.status', {}, { on: ['update.available'] })
  const snapshot = config.data && 'issues' in config.data ? config.data : undefined
  const list: Problem[] = []
  for (const i of snapshot?.issues ?? [])
    list.push({ id: `issue ${i.path}`, tone: 'bad', text: `${i.path}: ${i.message}`, page: 'config' })
  for (const i of snapshot?.warnings ?? [])
    list.push({ id: `warning ${i.path}`, tone: 'warn', text: `${i.path}: ${i.message}`, page: 'config' })
  const resting = (channel: string) => channels.data?.list.some((a) => a.channel === channel && !a.connected)
  const start = (where: { channel: string; accountId?: string }) => ({
    name: t('channel.start'),
    run: () => ops['channels.start'](where),
  })
  for (const p of channels.data?.problems ?? [])
    list.push({
      id: p.id + p.text,
      tone: p.severity === 'broken' ? 'bad' : 'warn',
      text: p.text,
      page: 'channels',
      ...(p.fix === undefined ? {} : { command: p.fix }),
      ...(resting(p.channel) ? { mend: start({ channel: p.channel }) } : {}),
    })
  const told = new Set(channels.data?.problems?.map((p) => p.channel))
  for (const a of channels.data?.list ?? []) {
    const where = { channel: a.channel, accountId: a.accountId }
    if (told.has(a.channel) || !a.enabled || !a.configured || (a.running && !a.lastError)) continue
    list.push({
      id: `account ${a.channel} ${a.accountId}`,
      tone: a.running ? 'warn' : 'bad',
      text: `${a.label} ${a.accountId}: ${a.lastError ?? t('channel.quiet')}`,
      page: 'channels',
      mend: start(where),
    })
  }
  for (const c of doctor.data?.checks ?? []) {
    const mends = c.fix === byItself
    const shown = c.status !== 'note' || mends || notes.has(c.id)
    if ((elsewhere.has(c.id) && !mends) || !shown || c.text === undefined) continue
    const mend = {
      name: t('problems.mend'),
      run: () => act(ops['doctor.fix']({ id: c.id }), (done) => t('problems.mended', { what: done.mended })),
    }
    list.push({
      id: `check ${c.id}`,
      tone: c.status === 'fail' ? 'bad' : c.status === 'note' ? 'quiet' : 'warn',
      text: c.text,
      ...(mends ? { mend } : c.fix === undefined ? {} : { command: c.fix }),
      ...(c.id.startsWith('config.') ? { page: 'config' } : {}),
    })
  }
  const { latestVersion, currentVersion } = update.data ?? {}
  if (latestVersion)
    list.push({
      id: 'update',
      tone: 'quiet',
      text: t('update.there', { latest: latestVersion, current: String(currentVersion) }),
      command: 'oclaw update',
      mend: {
        name: t('update.take'),
        run: () => act(ops['update.run']({ note: 'asked for in the Control UI' }), t('update.taken')),
      },
    })
  const reload = () => {
    update.reload()
    channels.reload()
    config.reload()
    doctor.reload()
  }
  const asked = [channels, config, doctor].every((x) => x.data !== undefined || x.error !== undefined)
  return { list, asked, reload }
}

/** The card; nothing where all is well. */
export function Problems() {
  const { list, asked, reload } = useProblems()
  if (!asked) return <p class="waiting">{t('problems.asking')}</p>
  if (!list.length) return <Pill tone="good">{t('problems.none')}</Pill>
  return (
    <Card title={t('problems.title', { n: list.length })}>
      <ul class="rows">
        {list.map((p) => (
          <li key={p.id}>
            <Pill tone={p.tone}>{t(`problems.${p.tone}`)}</Pill>
            <div class="grow">
              {p.text}
              {p.command ? <Command>{p.command}</Command> : null}
            </div>
            {p.mend ? (
              <Button onClick={() => act(p.mend?.run() ?? Promise.resolve()).then(reload)}>{p.mend.name}</Button>
            ) : null}
            {p.page ? <a href={hrefOf(p.page)}>{t('problems.see')}</a> : null}
          </li>
        ))}
      </ul>
    </Card>
  )
}
