// SEC-14 on the executable: no way of writing an address of this machine or its network is fetched for anybody.
import { expect, test } from 'bun:test'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { gateway, merged, modelConfig } from './harness.ts'

/** Hosts that are this machine, its network, or a cloud's own, however they are written. */
const hosts = [
  '127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1',
  '017700000001 0 0.0.0.0 00.0.0.0 127.0.0.1. 127.0.0.1%00 １２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1',
  '127%2e0%2e0%2e1 %31%32%37.0.0.1 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [2002:7f00:1::]',
  '[fe80::1] [fc00::1] [fd00::1] [::ffff:0:127.0.0.1] [100::1] [2001:db8::1] localhost LOCALHOST',
  'localhost. a.localhost localhost.localdomain ip6-localhost ip6-loopback metadata.google.internal',
  '169.254.169.254 0xa9fea9fe 2852039166 [::ffff:169.254.169.254] [fd00:ec2::254] 100.100.100.200',
  '168.63.129.16 10.0.0.1 172.16.0.1 192.168.0.1 100.64.0.1 198.18.0.1 192.0.0.192 224.0.0.1',
  '255.255.255.255 240.0.0.1 router.local db.internal nas.lan host.docker.internal user@127.0.0.1',
  'good.test@127.0.0.1 127.0.0.1\\@good.test',
].flatMap((line) => line.split(' '))

const schemes = [
  'file:///etc/passwd',
  'file://127.0.0.1/etc/passwd',
  'gopher://127.0.0.1:1/',
  'ftp://127.0.0.1/',
  'dict://127.0.0.1:1/',
  'data:text/plain,hit',
  'blob:http://127.0.0.1/x',
  'unix:///var/run/docker.sock',
  'http+unix://%2fvar%2frun/x',
  'jar:http://127.0.0.1!/x',
  'ws://127.0.0.1/',
  '//127.0.0.1/x',
  'http:127.0.0.1',
  'http:/127.0.0.1',
  'http:\\\\127.0.0.1',
  'view-source:http://127.0.0.1',
]

test(`${hosts.length + schemes.length} addresses by each way to fetch, and not one hit`, async () => {
  const hits: string[] = []
  const canary = Bun.serve({
    port: 0,
    hostname: '0.0.0.0',
    fetch(req) {
      hits.push(req.url)
      return new Response('SECRET', { headers: { 'content-type': 'text/plain' } })
    },
  })
  await using model = fakeOpenai({
    reply: (body) => {
      const last = (body['messages'] as { role: string; content: unknown }[]).at(-1)
      if (last?.role === 'tool') return `got: ${String(last.content).slice(0, 300)}`
      const call = /!([\w-]+) (\{[\s\S]*\})\s*$/.exec(lastUserText(body))
      if (call) return { calls: [{ name: call[1] as string, input: JSON.parse(call[2] as string) as unknown }] }
      const media = /SEND (\S+)/.exec(lastUserText(body))?.[1]
      return media ? `Here.\nMEDIA: ${media}` : 'nothing'
    },
  })
  const config = merged(modelConfig('openai-completions', model.url), {
    gateway: { http: { endpoints: { responses: { enabled: true } } } },
    agents: { defaults: { imageModel: { primary: 'fake/m' } } },
  })
  await using gw = await gateway({ config })
  const urls = [
    ...hosts.map((h) => `http://${h}:${canary.port}/x`),
    ...schemes.map((s) => s.replace('127.0.0.1', `127.0.0.1:${canary.port}`)),
  ]
  const headers = { authorization: `Bearer ${gw.token}`, 'content-type': 'application/json' }
  const responses = async (url: string) => {
    const content = [
      { type: 'input_text', text: 'look' },
      { type: 'input_file', source: { type: 'url', url } },
      { type: 'input_image', source: { type: 'url', url } },
    ]
    const body = JSON.stringify({ model: 'fake/m', input: [{ type: 'message', role: 'user', content }] })
    return (await fetch(`${gw.url}/v1/responses`, { method: 'POST', headers, body })).text()
  }
  const ways: readonly ((url: string) => Promise<string>)[] = [
    (url) => gw.ask(`!web_fetch ${JSON.stringify({ url })}`),
    (url) => gw.ask(`!image ${JSON.stringify({ image: url, prompt: 'what is it' })}`),
    (url) => gw.ask(`SEND ${url}`),
    responses,
  ]
  const leaks: string[] = []
  for (const way of ways) for (const url of urls) if ((await way(url).catch(String)).includes('SECRET')) leaks.push(url)
  expect([hits, leaks]).toEqual([[], []])
  expect(await gw.ask(`!web_fetch {"url":"http://127.0.0.1:${canary.port}/x"}`)).toContain('not a public address')
  await canary.stop(true)
}, 300_000)
