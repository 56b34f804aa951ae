// Logs: the gateway's own, as they are written; narrowed by level and text, paused, and kept.
import { useEffect, useRef, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { ops, standing } from '../gateway.ts'
import { Button, Empty, Find, Notice, PageHead } from '../parts/bits.tsx'
import { saveFile } from '../parts/save-file.ts'
import { reasonOf } from '../store.ts'
import { VirtualList } from '../parts/virtual.tsx'
import { t } from '../words.ts'

interface Line {
  readonly key: string
  readonly at: string
  readonly level: string
  readonly subsystem: string
  readonly text: string
  readonly more: string
  readonly raw: string
}

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
/** Lines kept in the page. */
const maxLines = 5000
const everyMs = 1500
let count = 0

/** A line of the log as its parts; one that is no JSON is shown as it is. */
function read(raw: string): Line {
  const key = String(++count)
  try {
    const { time, level, subsystem, '0': text, '1': more } = JSON.parse(raw) as Record<string, unknown>
    return {
      key,
      at: typeof time === 'string' ? time : '',
      level: typeof level === 'string' ? level : '',
      subsystem: typeof subsystem === 'string' ? subsystem : '',
      text: typeof text === 'string' ? text : raw,
      more: more === undefined ? '' : JSON.stringify(more),
      raw,
    }
  } catch {
    return { key, at: '', level: '', subsystem: '', text: raw, more: '', raw }
  }
}

/** The newest lines, going on while it is not paused. */
function useTail(paused: boolean) {
  const [lines, setLines] = useState<readonly Line[]>([])
  const [file, setFile] = useState('')
  const [wrong, setWrong] = useState<string>()
  const cursor = useRef<number | undefined>(undefined)
  const connected = standing.value.kind === 'open'
  useEffect(() => {
    if (paused || !connected) return
    const stop = new AbortController()
    const follow = async () => {
      for (;;) {
        const from = cursor.current === undefined ? {} : { cursor: cursor.current }
        const got = await ops['logs.tail']({ limit: 1000, maxBytes: 500_000, ...from }, stop.signal)
        cursor.current = got.cursor
        setFile(got.file)
        if (got.lines.length || got.reset)
          setLines((old) => [...(got.reset ? [] : old), ...got.lines.map(read)].slice(-maxLines))
        setWrong(undefined)
        await systemClock.sleep(everyMs, stop.signal)
      }
    }
    follow().catch((error: unknown) => stop.signal.aborted || setWrong(reasonOf(error)))
    return () => stop.abort()
  }, [paused, connected])
  return { lines, file, wrong }
}

const Shown = ({ line }: { readonly line: Line }) => (
  <div class={`log-line ${line.level.toLowerCase()}`}>
    <time title={line.at}>{line.at.slice(11, 19)}</time>
    <b>{line.level}</b>
    <span class="subsystem">{line.subsystem}</span>
    <span class="words">
      {line.text} <span class="quiet">{line.more}</span>
    </span>
  </div>
)

/** The page. */
export function Page() {
  const [paused, setPaused] = useState(false)
  const [level, setLevel] = useState('TRACE')
  const [text, setText] = useState('')
  const { lines, file, wrong } = useTail(paused)
  const from = levels.indexOf(level)
  const wanted = text.trim().toLowerCase()
  const shown = lines.filter(
    (l) => (!l.level || levels.indexOf(l.level) >= from) && (!wanted || l.raw.toLowerCase().includes(wanted)),
  )
  return (
    <div class="fill">
      <PageHead title={t('page.logs')} about={<code>{file}</code>}>
        <Button icon={paused ? 'play' : 'pause'} aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {t(paused ? 'log.go' : 'log.pause')}
        </Button>
        <Button
          icon="download"
          disabled={!shown.length}
          onClick={() => saveFile('oclaw.log', 'text/plain', `${shown.map((l) => l.raw).join('\n')}\n`)}
        >
          {t('log.save')}
        </Button>
      </PageHead>
      <div class="filters">
        <Find hint={t('log.find')} value={text} onText={setText} />
        <select aria-label={t('log.level')} value={level} onChange={(e) => setLevel(e.currentTarget.value)}>
          {levels.map((l) => (
            <option key={l} value={l}>
              {l === 'TRACE' ? t('log.all') : t('log.from', { level: l.toLowerCase() })}
            </option>
          ))}
        </select>
        <span class="quiet">{t('log.count', { n: shown.length })}</span>
      </div>
      {wrong === undefined ? null : <Notice>{wrong}</Notice>}
      {shown.length ? (
        <VirtualList label={t('page.logs')} rows={shown} show={(line) => <Shown line={line} />} />
      ) : (
        <Empty>{t(lines.length ? 'log.unfound' : 'log.none')}</Empty>
      )}
    </div>
  )
}
