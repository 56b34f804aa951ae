// Where questions of commands are asked, as the config says.
import type { Config } from '../catalog.ts'
import type { AnyChannel } from '../../define/channel.ts'

/** What of an account is looked at. */
interface Account {
  readonly channel: Pick<AnyChannel, 'id'>
  readonly accountId: string
  readonly account: Readonly<Record<string, unknown>>
}

/** Questions of commands that people of a channel answer, as `channels.<id>.execApprovals` names them. */
interface ExecApprovers {
  readonly enabled?: boolean
  readonly approvers?: readonly (string | number)[]
  readonly agentFilter?: readonly string[]
  readonly sessionFilter?: readonly string[]
  readonly target?: 'dm' | 'channel' | 'both'
}

/** Where questions of an agent's session are asked: its own chat, listed chats, and the approvers of channels. */
export function approvalChats(config: Config, accounts: readonly Account[], agent: string, session: string) {
  const rule = config.approvals.exec
  const fits = (agentFilter?: readonly string[], sessionFilter?: readonly string[]) =>
    (!agentFilter?.length || agentFilter.includes(agent)) &&
    (!sessionFilter?.length || sessionFilter.some((s) => session.includes(s)))
  const listed = rule.enabled && rule.mode !== 'session' && fits(rule.agentFilter, rule.sessionFilter)
  const chats = listed
    ? rule.targets.map((t) => ({
        channel: t.channel,
        account: t.accountId ?? 'default',
        chat: t.to,
        ...(t.threadId === undefined ? {} : { thread: String(t.threadId) }),
      }))
    : []
  const people = accounts.flatMap(({ channel, accountId, account }) => {
    const own = account['execApprovals'] as ExecApprovers | undefined
    if (!own?.enabled || own.target === 'channel' || !fits(own.agentFilter, own.sessionFilter)) return []
    return (own.approvers ?? []).map((id) => ({ channel: channel.id, account: accountId, chat: `user:${id}` }))
  })
  return { here: !(listed && rule.mode === 'targets'), targets: [...chats, ...people] }
}
