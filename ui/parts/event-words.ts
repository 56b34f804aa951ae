// What an event of the durable log says, in one line: pure.
import type { GatewayEvent } from '../../src/domain/agent-event.ts'
import { t } from '../words.ts'

/** The kinds the log keeps, for those who look for one. */
export const eventKinds = [
  'agent',
  'chat',
  'message',
  'session',
  'delivery',
  'config',
  'cron',
  'approval.requested',
  'approval.resolved',
  'device.requested',
  'device.resolved',
  'device.closed',
  'node.requested',
  'node.resolved',
] as const

interface Sentence {
  readonly text: string
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet'
}

const say = (text: string, tone: Sentence['tone'] = 'quiet'): Sentence => ({ text, tone })

/** The sentence of an event. */
export function sentenceOf(e: GatewayEvent): Sentence {
  switch (e.type) {
    case 'agent': {
      const { session } = e.run
      if (e.event.type === 'failed') return say(t('event.failed', { session, why: e.event.error.message }), 'bad')
      if (e.event.type === 'cancelled') return say(t('event.cancelled', { session, by: e.event.by }), 'warn')
      if (e.event.type === 'finished')
        return say(t('event.answered', { session, text: e.event.text.slice(0, 120) }), 'good')
      return say(t('event.run', { session, what: e.event.type }))
    }
    case 'chat':
      return say(t('event.chat', { session: e.session, text: e.text.slice(0, 120) }))
    case 'message':
      return say(
        t('event.message', {
          from: e.message.from.name ?? e.message.from.id,
          channel: e.message.to.channel,
          text: e.message.text.slice(0, 120),
        }),
      )
    case 'session':
      return say(t('event.session', { key: e.key, change: e.change }))
    case 'delivery':
      return say(
        t('event.delivery', { id: e.out, state: e.state, why: e.error ?? '' }),
        e.state === 'sent' ? 'good' : 'bad',
      )
    case 'config':
      return say(
        t(e.valid ? 'event.config' : 'event.config.bad', { paths: e.paths.join(', ') || '–' }),
        e.valid ? 'quiet' : 'bad',
      )
    case 'cron':
      return say(t('event.cron', { job: e.job, what: e.action }))
    case 'approval.requested':
      return say(t('event.asked', { command: e.request.command.slice(0, 160) }), 'warn')
    case 'approval.resolved':
      return say(t('event.decided', { decision: e.decision, by: e.by }))
    case 'device.resolved':
    case 'node.resolved':
      return say(t('event.paired', { decision: e.decision, id: ('device' in e ? e.device : e.node).slice(0, 12) }))
    default:
      return say(e.type)
  }
}
