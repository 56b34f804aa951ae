// Nodes: machines that run commands for the assistant.
import { useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Card, Empty, Loaded, Notice, Pill } from './bits.tsx'
import { Command } from './code.tsx'
import { FormDialog } from './form-dialog.tsx'
import { Ago } from './time.tsx'

type Node = Answer<'node.list'>['nodes'][number]

const nameOf = (n: { readonly displayName?: string | undefined; readonly nodeId: string }) =>
  n.displayName ?? n.nodeId.slice(0, 12)

function Invoke({ node, onClose }: { readonly node: Node; onClose(): void }) {
  const [answer, setAnswer] = useState<string>()
  return (
    <FormDialog
      title={t('node.invoke', { name: nameOf(node) })}
      yes={t('node.run')}
      schema={{
        type: 'object',
        required: ['command'],
        properties: {
          command: {
            type: 'string',
            title: t('node.command'),
            ...(node.commands.length ? { enum: node.commands } : {}),
          },
          params: { title: t('node.params') },
        },
      }}
      below={() => (answer === undefined ? null : <pre class="block">{answer}</pre>)}
      onClose={onClose}
      onSend={async (v) => {
        const done = await ops['node.invoke']({
          nodeId: node.nodeId,
          command: String(v['command']),
          params: v['params'],
        })
        setAnswer(done.payloadJSON ?? JSON.stringify(done.payload, null, 2))
      }}
    />
  )
}

function Row({ node, reload }: { readonly node: Node; reload(): void }) {
  const [open, setOpen] = useState<'invoke' | 'rename' | undefined>()
  return (
    <li>
      <div class="grow">
        <b>{nameOf(node)}</b>
        <small>{[node.platform, node.version, node.remoteIp, ...node.caps].filter(Boolean).join(' · ')}</small>
      </div>
      <Pill tone={node.connected ? 'good' : 'quiet'}>{t(node.connected ? 'channel.good' : 'channel.bad')}</Pill>
      {node.connected ? <Button onClick={() => setOpen('invoke')}>{t('node.run')}</Button> : null}
      <Button
        icon="edit"
        tone="ghost"
        label={t('node.rename', { name: nameOf(node) })}
        onClick={() => setOpen('rename')}
      />
      {open === 'invoke' ? <Invoke node={node} onClose={() => setOpen(undefined)} /> : null}
      {open === 'rename' ? (
        <FormDialog
          title={t('node.rename', { name: nameOf(node) })}
          first={{ displayName: nameOf(node) }}
          schema={{
            type: 'object',
            required: ['displayName'],
            properties: { displayName: { type: 'string', title: t('form.name'), maxLength: 64 } },
          }}
          onClose={() => setOpen(undefined)}
          onSend={(v) =>
            ops['node.rename']({ nodeId: node.nodeId, displayName: String(v['displayName']) }).then(reload)
          }
        />
      ) : null}
    </li>
  )
}

/** The nodes, and those that ask to be one. */
export function Nodes() {
  const news = { on: ['node.pair.', 'presence'] }
  const nodes = useOp('node.list', {}, news)
  const pairs = useOp('node.pair.list', {}, news)
  const [token, setToken] = useState<string>()
  const reload = () => {
    nodes.reload()
    pairs.reload()
  }
  const approve = async (requestId: string) => {
    const done = await act(ops['node.pair.approve']({ requestId }))
    setToken(done?.node.token)
    reload()
  }
  return (
    <Card title={t('node.title')}>
      {token === undefined ? null : (
        <Notice tone="quiet">
          {t('node.token')}
          <Command>{token}</Command>
        </Notice>
      )}
      {pairs.data?.pending.length ? (
        <ul class="rows">
          {pairs.data.pending.map((n) => (
            <li key={n.requestId}>
              <div class="grow">
                <b>{nameOf(n)}</b>
                <small>
                  {t('node.asks')} <Ago at={n.ts} />
                </small>
              </div>
              <Button tone="main" onClick={() => approve(n.requestId)}>
                {t('pairing.approve')}
              </Button>
              <Button
                tone="danger"
                onClick={() => act(ops['node.pair.reject']({ requestId: n.requestId })).then(reload)}
              >
                {t('approve.deny')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <Loaded of={nodes}>
        {(list) =>
          list.nodes.length ? (
            <ul class="rows">
              {list.nodes.map((n) => (
                <Row key={n.nodeId} node={n} reload={reload} />
              ))}
            </ul>
          ) : (
            <Empty>{t('node.none')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}
