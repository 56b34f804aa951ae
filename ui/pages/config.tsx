// Configuration: as a form or as text; every change is on probation until it is kept.
import { useState } from 'preact/hooks'
import { Card, Loaded, Notice, PageHead } from '../parts/bits.tsx'
import { ConfigForm } from '../parts/config-form.tsx'
import { ConfigRaw } from '../parts/config-raw.tsx'
import { Probation } from '../parts/probation.tsx'
import { isFields } from '../parts/schema.ts'
import { say, useOp } from '../store.ts'
import { t } from '../words.ts'

/** The page. */
export function Page() {
  const [raw, setRaw] = useState(false)
  const file = useOp('config.get', {}, { on: ['config.changed'] })
  const described = useOp('config.schema', {})
  const saved = () => {
    say(t('config.saved'))
    file.reload()
  }
  return (
    <div class="stack">
      <PageHead
        title={t('page.config')}
        about={file.data && 'raw' in file.data ? <code>{file.data.path}</code> : undefined}
      >
        <div class="tabs" role="group" aria-label={t('config.view')}>
          <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
            {t('config.form')}
          </button>
          <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
            {t('config.raw')}
          </button>
        </div>
      </PageHead>
      <Loaded of={file}>
        {(now) =>
          'raw' in now ? (
            <>
              {now.probation ? <Probation until={now.probation.until} reload={file.reload} /> : null}
              {[...now.issues, ...now.warnings].map((i) => (
                <Notice key={`${i.path} ${i.message}`} tone={now.issues.includes(i) ? 'bad' : 'warn'}>
                  {`${i.path}: ${i.message}`}
                </Notice>
              ))}
              <Card>
                {raw ? (
                  <ConfigRaw raw={now.raw ?? ''} hash={now.hash} onSaved={saved} />
                ) : (
                  <Loaded of={described}>
                    {(about) => (
                      <ConfigForm
                        described={about}
                        parsed={isFields(now.parsed) ? now.parsed : {}}
                        config={now.config}
                        hash={now.hash}
                        onSaved={saved}
                      />
                    )}
                  </Loaded>
                )}
              </Card>
            </>
          ) : null
        }
      </Loaded>
    </div>
  )
}
