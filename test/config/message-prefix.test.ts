// The older `messages.messagePrefix`: the prefix of WhatsApp accounts that have none of their own.
import { expect, test } from 'bun:test'
import { wholeParts } from '../../src/app/catalog.ts'
import { loadText } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { accountsOf } from '../../src/app/settings/index.ts'

test('it is laid under what an account says, and only where there are such prefixes', async () => {
  const at = paths({ HOME: '/nonexistent' }, {}, { home: '/nonexistent', exists: () => false })
  const said = {
    messages: { messagePrefix: '[wa]' },
    channels: { whatsapp: { accounts: { one: {}, two: { messagePrefix: '[two]' } } }, telegram: { botToken: '1:x' } },
  }
  const { config } = await loadText(await wholeParts(), JSON.stringify(said), at, {})
  const found = accountsOf(config, {}).map((a) => [`${a.channel.id}:${a.accountId}`, a.account['messagePrefix']])
  expect(Object.fromEntries(found)).toMatchObject({ 'whatsapp:one': '[wa]', 'whatsapp:two': '[two]' })
  expect(found.find(([id]) => id === 'telegram:default')).toEqual(['telegram:default', undefined])
})
