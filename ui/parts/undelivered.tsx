// Messages that may not have arrived: a person decides whether they are sent again.
import { ops } from '../gateway.ts'
import { act, useOp } from '../store.ts'
import { t, isWord } from '../words.ts'
import { Button, Card, Empty, Loaded, Pill } from './bits.tsx'
import { Ago } from './time.tsx'

const named = (state: string) => {
  const word = `sent.${state}`
  return isWord(word) ? t(word) : state
}

/** The list, with what can be done about each. */
export function Undelivered() {
  const list = useOp('messages.undelivered', {}, { on: ['delivery'], everyMs: 60_000 })
  const done = (work: Promise<unknown>, text: string) => act(work, text).then(list.reload)
  return (
    <Card title={t('sent.title')}>
      <Loaded of={list}>
        {({ messages }) =>
          messages.length ? (
            <ul class="rows">
              {messages.map((m) => (
                <li key={m.id}>
                  <Pill tone={m.state === 'unknown' ? 'warn' : 'bad'}>{named(m.state)}</Pill>
                  <div class="grow">
                    <div class="cut">{m.text}</div>
                    <small>
                      {m.channel}: {m.chat} · <Ago at={m.at} />
                      {m.error ? ` · ${m.error}` : ''}
                    </small>
                  </div>
                  <Button onClick={() => done(ops['messages.resend']({ id: m.id }), t('sent.resent'))}>
                    {t('sent.resend')}
                  </Button>
                  <Button tone="ghost" onClick={() => done(ops['messages.dismiss']({ id: m.id }), t('sent.dismissed'))}>
                    {t('sent.dismiss')}
                  </Button>
                </li>
              ))}
            </ul>
          ) : (
            <Empty>{t('sent.none')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}
