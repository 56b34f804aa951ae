// The files that go into an agent's instructions: chosen, read, written.
import { useEffect, useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Loaded, Pill } from './bits.tsx'
import { bytes } from './time.tsx'

function Editor({ agent, name, onSaved }: { readonly agent: string; readonly name: string; onSaved(): void }) {
  const file = useOp('agents.files.get', { agentId: agent, name })
  const stored = file.data?.file.content ?? ''
  const [text, setText] = useState<string>()
  useEffect(() => setText(undefined), [agent, name])
  const now = text ?? stored
  const save = async () => {
    const done = await act(ops['agents.files.set']({ agentId: agent, name, content: now }), t('agent.saved', { name }))
    if (!done) return
    setText(undefined)
    file.reload()
    onSaved()
  }
  return (
    <div class="editor">
      <Loaded of={file}>
        {() => (
          <>
            <textarea
              class="mono"
              rows={18}
              aria-label={name}
              spellcheck={false}
              value={now}
              placeholder={t('agent.file.empty')}
              onInput={(e) => setText(e.currentTarget.value)}
            />
            <div class="actions">
              <Button tone="main" disabled={now === stored} onClick={save}>
                {t('save')}
              </Button>
              <Button disabled={now === stored} onClick={() => setText(undefined)}>
                {t('discard')}
              </Button>
            </div>
          </>
        )}
      </Loaded>
    </div>
  )
}

/** The files, and the one that is chosen. */
export function AgentFiles({ agent }: { readonly agent: string }) {
  const [name, setName] = useState('AGENTS.md')
  const list = useOp('agents.files.list', { agentId: agent })
  return (
    <Loaded of={list}>
      {({ files, workspace }) => (
        <div class="files">
          <div>
            <p class="quiet mono">{workspace}</p>
            <ul class="pick">
              {files.map((f) => (
                <li key={f.name}>
                  <button type="button" aria-pressed={f.name === name} onClick={() => setName(f.name)}>
                    <span>{f.name}</span>
                    {f.missing ? <Pill tone="plain">{t('agent.file.none')}</Pill> : <small>{bytes(f.size ?? 0)}</small>}
                  </button>
                </li>
              ))}
            </ul>
          </div>
          <Editor agent={agent} name={name} onSaved={list.reload} />
        </div>
      )}
    </Loaded>
  )
}
