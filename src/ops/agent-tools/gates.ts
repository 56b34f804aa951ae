// What the config lets agents do by themselves in the chats of an account: its `actions`, and how freely they react.
import { Fault } from '../../lib/fault.ts'
import type { CommonAccount } from '../../define/account-fields.ts'
import type { Address } from '../../domain/address.ts'

/** The gates an action of the message tool has to pass, where the account's channel has such gates. */
const gates: Readonly<Record<string, readonly string[]>> = {
  send: ['sendMessage'],
  edit: ['sendMessage'],
  poll: ['sendMessage', 'polls'],
  react: ['reactions'],
  delete: ['deleteMessage'],
}

/** Throws FORBIDDEN, with the key that opens it, for an action the account keeps agents from. */
export function mayAct(common: CommonAccount | undefined, { channel, account }: Address, action: string): void {
  const where = account === 'default' ? `channels.${channel}` : `channels.${channel}.accounts.${account}`
  const shut = gates[action]?.find((gate) => common?.actions?.[gate] === false)
  if (shut !== undefined)
    throw new Fault(
      'FORBIDDEN',
      `${where}.actions.${shut} is off; \`oclaw config set ${where}.actions.${shut} true\` opens it`,
    )
  const level = common?.reactionLevel
  if (action === 'react' && (level === 'off' || level === 'ack'))
    throw new Fault(
      'FORBIDDEN',
      `agents do not react here; \`oclaw config set ${where}.reactionLevel minimal\` lets them`,
    )
}
