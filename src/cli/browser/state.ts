// What pages find around them, from the command line: cookies, storage, network, place, time, language, device.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { Command } from '../context.ts'
import { browserCommand, targetId, type Ask } from './command.ts'

const post = (path: string, body: Readonly<Record<string, unknown>>): Ask => ({
  method: 'POST',
  path,
  body,
  timeoutMs: 20_000,
})

const storage = (kind: 'local' | 'session'): Command[] => [
  browserCommand({
    path: `storage ${kind} get`,
    summary: `Shows the ${kind}Storage of a page, or one key of it.`,
    args: ['key'],
    flags: () => ({ key: z.string().optional().describe('the key; all when absent'), targetId }),
    ask: (p) => ({ method: 'GET', path: `/storage/${kind}`, query: { key: p.key, targetId: p.targetId } }),
    print: (a) => JSON.stringify(a['values'] ?? {}, null, 2),
  }),
  browserCommand({
    path: `storage ${kind} set`,
    summary: `Sets a key of the ${kind}Storage of a page.`,
    args: ['key', 'value'],
    flags: () => ({ key: z.string().min(1).describe('the key'), value: z.string().describe('its value'), targetId }),
    examples: [`storage ${kind} set theme dark`],
    ask: ({ key, value, targetId: t }) => post(`/storage/${kind}/set`, { key, value, targetId: t }),
    print: (_a, p) => `${kind}Storage set: ${p.key}`,
  }),
  browserCommand({
    path: `storage ${kind} clear`,
    summary: `Empties the ${kind}Storage of a page.`,
    flags: () => ({ targetId }),
    ask: (p) => post(`/storage/${kind}/clear`, { targetId: p.targetId }),
    print: () => `${kind}Storage cleared`,
  }),
]

/** Headers as JSON says them. Throws INVALID_REQUEST with what they should look like. */
function headersOf(text: string | undefined): Record<string, string> {
  const read = z.record(z.string(), z.string())
  try {
    return read.parse(JSON.parse(text ?? ''))
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `say the headers as JSON: '{"x-name": "value"}'`, { cause: error })
  }
}

export const commands: readonly Command[] = [
  browserCommand({
    path: 'cookies',
    summary: 'Shows the cookies of a browser.',
    flags: () => ({ targetId }),
    ask: (p) => ({ method: 'GET', path: '/cookies', query: { targetId: p.targetId } }),
    print: (a) => JSON.stringify(a['cookies'] ?? [], null, 2),
  }),
  browserCommand({
    path: 'cookies set',
    summary: 'Sets a cookie.',
    args: ['name', 'value'],
    flags: () => ({
      name: z.string().min(1).describe('its name'),
      value: z.string().describe('its value'),
      url: z.string().describe('the address it is for'),
      targetId,
    }),
    examples: ['cookies set theme dark --url https://example.com'],
    ask: ({ name, value, url, targetId: t }) => post('/cookies/set', { cookie: { name, value, url }, targetId: t }),
    print: (_a, p) => `cookie set: ${p.name}`,
  }),
  browserCommand({
    path: 'cookies clear',
    summary: 'Forgets all cookies of a browser.',
    flags: () => ({ targetId }),
    ask: (p) => post('/cookies/clear', { targetId: p.targetId }),
    print: () => 'cookies cleared',
  }),
  ...storage('local'),
  ...storage('session'),
  browserCommand({
    path: 'set offline',
    summary: 'Cuts a page off from the network, or not.',
    args: ['state'],
    flags: () => ({ state: z.enum(['on', 'off']).describe('on or off'), targetId }),
    examples: ['set offline on'],
    ask: (p) => post('/set/offline', { offline: p.state === 'on', targetId: p.targetId }),
    print: (_a, p) => `offline: ${p.state === 'on'}`,
  }),
  browserCommand({
    path: 'set headers',
    summary: 'Sends further HTTP headers with every request of a page.',
    args: ['headersJson'],
    flags: () => ({ headersJson: z.string().optional().describe('the headers as JSON'), targetId }),
    examples: [`set headers '{"x-name":"value"}'`],
    ask: (p) => post('/set/headers', { headers: headersOf(p.headersJson), targetId: p.targetId }),
    print: () => 'headers set',
  }),
  browserCommand({
    path: 'set credentials',
    summary: 'Says what is shown to pages that ask for a name and password by HTTP.',
    args: ['username', 'password'],
    flags: () => ({
      username: z.string().optional().describe('the name'),
      password: z.string().optional().describe('the password'),
      clear: z.boolean().optional().describe('show nothing any more'),
      targetId,
    }),
    examples: ['set credentials --clear'],
    ask: ({ username, password, clear, targetId: t }) =>
      post('/set/credentials', { username, password, clear, targetId: t }),
    print: (_a, p) => (p.clear ? 'credentials cleared' : 'credentials set'),
  }),
  browserCommand({
    path: 'set geo',
    summary: 'Says where the browser is, and lets pages ask.',
    args: ['latitude', 'longitude'],
    flags: () => ({
      latitude: z.number().optional().describe('degrees north'),
      longitude: z.number().optional().describe('degrees east'),
      accuracy: z.number().min(0).optional().describe('metres'),
      origin: z.string().optional().describe('pages that may ask; those of the tab when absent'),
      clear: z.boolean().optional().describe('say nothing any more'),
      targetId,
    }),
    examples: ['set geo 52.52 13.4'],
    ask: ({ latitude, longitude, accuracy, origin, clear, targetId: t }) =>
      post('/set/geolocation', { latitude, longitude, accuracy, origin, clear, targetId: t }),
    print: (_a, p) => (p.clear ? 'geolocation cleared' : 'geolocation set'),
  }),
  browserCommand({
    path: 'set media',
    summary: 'Says whether the user likes pages dark or light.',
    args: ['scheme'],
    flags: () => ({ scheme: z.enum(['dark', 'light', 'none']).describe('dark, light or none'), targetId }),
    examples: ['set media dark'],
    ask: (p) => post('/set/media', { colorScheme: p.scheme, targetId: p.targetId }),
    print: (_a, p) => `media colorScheme: ${p.scheme}`,
  }),
  browserCommand({
    path: 'set timezone',
    summary: 'Puts a page into a time zone.',
    args: ['timezoneId'],
    flags: () => ({ timezoneId: z.string().describe('the zone, such as America/New_York'), targetId }),
    examples: ['set timezone Europe/Berlin'],
    ask: (p) => post('/set/timezone', { timezoneId: p.timezoneId, targetId: p.targetId }),
    print: (_a, p) => `timezone: ${p.timezoneId}`,
  }),
  browserCommand({
    path: 'set locale',
    summary: 'Gives a page a language.',
    args: ['locale'],
    flags: () => ({ locale: z.string().describe('the language, such as en-US'), targetId }),
    examples: ['set locale de-DE'],
    ask: (p) => post('/set/locale', { locale: p.locale, targetId: p.targetId }),
    print: (_a, p) => `locale: ${p.locale}`,
  }),
  browserCommand({
    path: 'set device',
    summary: 'Makes a tab look like a phone or tablet to pages.',
    args: ['name'],
    flags: () => ({ name: z.string().describe('the device, such as "iPhone 14"'), targetId }),
    examples: ['set device "iPhone 14"'],
    ask: (p) => post('/set/device', { name: p.name, targetId: p.targetId }),
    print: (_a, p) => `device: ${p.name}`,
  }),
]
