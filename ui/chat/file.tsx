// A file of a message: a picture is shown in a box of one size, so that nothing moves when it comes; others are offered.
import { useEffect, useRef, useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { Button } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { bytes } from '../parts/time.tsx'
import { reasonOf, say } from '../store.ts'
import { t } from '../words.ts'
import type { FileRef } from './rows.ts'

/** A file the gateway keeps, as an address this page can show. */
interface Fetched {
  readonly url: string
  readonly name: string
}

/** Files kept in memory once they were fetched. */
const maxKept = 40
const files = new Map<string, Promise<Fetched>>()

/** Fetches a file the gateway keeps, or takes the one that was fetched before. Rejects with what the gateway said. */
function fetched(id: string): Promise<Fetched> {
  const work = files.get(id) ?? ask(id)
  files.delete(id)
  files.set(id, work)
  if (files.size > maxKept) files.delete(files.keys().next().value as string)
  work.catch(() => files.delete(id))
  return work
}

async function ask(id: string): Promise<Fetched> {
  const got = await ops['media.get']({ id })
  return { url: `data:${got.mimeType};base64,${got.content}`, name: got.name ?? id }
}

async function keep(file: FileRef) {
  if (file.id === undefined) return
  try {
    const got = await fetched(file.id)
    const link = document.createElement('a')
    link.href = got.url
    link.download = file.name ?? got.name
    link.click()
  } catch (error) {
    say(reasonOf(error), 'bad')
  }
}

function Picture({ file }: { readonly file: FileRef }) {
  const [got, setGot] = useState(file.url === undefined ? undefined : { url: file.url, name: file.name })
  /** Why it cannot be shown: it could not be fetched, or it is none a browser draws. */
  const [wrong, setWrong] = useState<'away' | 'odd'>()
  const [large, setLarge] = useState(false)
  const box = useRef<HTMLButtonElement>(null)
  const { id } = file
  useEffect(() => {
    if (got || wrong || id === undefined || !box.current) return
    const near = new IntersectionObserver((entries) => {
      if (!entries.some((e) => e.isIntersecting)) return
      near.disconnect()
      fetched(id).then(setGot, () => setWrong('away'))
    })
    near.observe(box.current)
    return () => near.disconnect()
  }, [id, got, wrong])
  const name = file.name ?? got?.name ?? t('chat.picture')
  if (wrong)
    return (
      <button type="button" class="picture" onClick={() => (wrong === 'away' ? setWrong(undefined) : void keep(file))}>
        <Icon name={wrong === 'away' ? 'retry' : 'download'} />
        <span class="cut">{name}</span>
        <span class="quiet">{bytes(file.bytes)}</span>
      </button>
    )
  return (
    <>
      <button
        ref={box}
        type="button"
        class="picture"
        aria-label={t('chat.picture.open', { name })}
        aria-busy={got ? undefined : true}
        onClick={() => got && setLarge(true)}
      >
        {got ? <img src={got.url} alt="" onError={() => setWrong('odd')} /> : null}
      </button>
      {large && got ? (
        <Dialog
          title={name}
          wide
          onClose={() => setLarge(false)}
          foot={
            <a class="button" href={got.url} download={name}>
              <Icon name="download" />
              {t('chat.picture.keep')}
            </a>
          }
        >
          <img class="large" src={got.url} alt={name} />
        </Dialog>
      ) : null}
    </>
  )
}

/** A file: a picture is shown once it is in sight, and larger when it is clicked; anything else is offered. */
export function File({ file }: { readonly file: FileRef }) {
  if (file.mimeType.startsWith('image/')) return <Picture file={file} />
  return (
    <Button icon="download" onClick={() => keep(file)}>
      <span class="cut">{file.name ?? file.mimeType}</span> <span class="quiet">{bytes(file.bytes)}</span>
    </Button>
  )
}
