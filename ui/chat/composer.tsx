// Where messages are written: text, files by button, paste or drop, commands by slash; the draft outlives a reload.
import { useEffect, useRef, useState } from 'preact/hooks'
import { randomText } from '../../src/lib/ids.ts'
import { keep, kept } from '../kept.ts'
import { Button } from '../parts/bits.tsx'
import { bytes } from '../parts/time.tsx'
import { say } from '../store.ts'
import { t } from '../words.ts'
import { Palette, usePalette } from './palette.tsx'
import type { Outgoing, Room } from './room.ts'

/** Largest file the gateway takes, in bytes. */
const maxBytes = 5_000_000

const read = (file: File) =>
  new Promise<Outgoing>((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => {
      const url = typeof reader.result === 'string' ? reader.result : ''
      const mimeType = file.type || 'application/octet-stream'
      resolve({ mimeType, name: file.name, bytes: file.size, url, content: url.slice(url.indexOf(',') + 1) })
    }
    reader.onerror = () => reject(reader.error ?? new Error(file.name))
    reader.readAsDataURL(file)
  })

type Attached = Outgoing & { readonly key: string }

const Files = ({ files, drop }: { readonly files: readonly Attached[]; drop(key: string): void }) => (
  <ul class="attached">
    {files.map((f) => (
      <li key={f.key}>
        {f.mimeType.startsWith('image/') ? <img src={f.url} alt="" /> : null}
        <span class="cut">{f.name}</span>
        <small class="quiet">{bytes(f.bytes)}</small>
        <Button
          icon="close"
          tone="ghost"
          label={t('compose.drop', { name: f.name ?? '' })}
          onClick={() => drop(f.key)}
        />
      </li>
    ))}
  </ul>
)

/** The composer of a chat. */
export function Composer({ room }: { readonly room: Room }) {
  const slot = `draft:${room.key}`
  const [text, setText] = useState(() => kept(slot) ?? '')
  const [files, setFiles] = useState<readonly Attached[]>([])
  const [over, setOver] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const running = room.live.value !== undefined

  useEffect(() => {
    setText(kept(slot) ?? '')
    setFiles([])
    if (matchMedia('(min-width: 821px)').matches) area.current?.focus()
  }, [slot])
  const write = (next: string) => {
    setText(next)
    keep(slot, next)
  }
  const palette = usePalette(text, (command) => {
    write(`/${command} `)
    area.current?.focus()
  })

  async function attach(list: Iterable<File>) {
    const all = [...list]
    const small = all.filter((f) => f.size <= maxBytes)
    for (const f of all) if (f.size > maxBytes) say(t('compose.large', { name: f.name }), 'bad')
    const made = await Promise.all(small.map(read)).catch((error: unknown) => (say(String(error), 'bad'), []))
    setFiles((now) => [...now, ...made.map((m) => ({ ...m, key: randomText(6) }))])
  }

  const send = () => {
    if (!text.trim() && !files.length) return
    void room.send(text, files)
    write('')
    setFiles([])
  }

  const pressed = (e: KeyboardEvent) => {
    if (palette.pressed(e)) return
    if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
      e.preventDefault()
      send()
    } else if (e.key === 'Escape' && running) {
      e.preventDefault()
      void room.stop()
    }
  }

  return (
    <form
      class={over ? 'composer over' : 'composer'}
      onSubmit={(e) => {
        e.preventDefault()
        send()
      }}
      onDragOver={(e) => {
        e.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault()
        setOver(false)
        void attach(e.dataTransfer?.files ?? [])
      }}
    >
      <Palette {...palette} />
      {files.length ? <Files files={files} drop={(key) => setFiles(files.filter((f) => f.key !== key))} /> : null}
      <textarea
        ref={area}
        data-composer
        rows={1}
        value={text}
        placeholder={t('compose.placeholder')}
        aria-label={t('compose.label')}
        {...palette.aria}
        onInput={(e) => write(e.currentTarget.value)}
        onKeyDown={pressed}
        onPaste={(e) => {
          const pasted = [...(e.clipboardData?.files ?? [])]
          if (!pasted.length) return
          e.preventDefault()
          void attach(pasted)
        }}
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t('compose.attach')}
        onChange={(e) => {
          void attach(e.currentTarget.files ?? [])
          e.currentTarget.value = ''
        }}
      />
      <div class="tools">
        <Button icon="clip" tone="ghost" label={t('compose.attach')} onClick={() => picker.current?.click()} />
        <span class="hint quiet">{t('compose.hint')}</span>
        {running ? (
          <Button icon="stop" tone="danger" onClick={() => room.stop()}>
            {t('compose.stop')}
          </Button>
        ) : null}
        <Button
          icon="send"
          tone="main"
          type="submit"
          label={t('compose.send')}
          disabled={!text.trim() && !files.length}
        />
      </div>
    </form>
  )
}
