// Finding gateways: on the network and in the DNS, asking each that may be meant, and being found by name.
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { Found } from '../../os/mdns.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { loadWhole } from '../host-facts.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)

/** A gateway that was found, as programs see it. What it says of itself is a hint. */
const beaconOf = (f: Found, domain: string) => {
  const host = f.addresses[0] ?? f.host
  const wsUrl = `${f.txt['gatewayTls'] === '1' ? 'wss' : 'ws'}://${host}:${f.port}`
  const { txt } = f
  const said = Object.fromEntries(
    ['lanHost', 'tailnetDns', 'cliPath'].flatMap((k) => (txt[k] === undefined ? [] : [[k, txt[k]]])),
  )
  const ssh = Number(txt['sshPort'])
  return {
    ...f,
    ...said,
    ...(ssh > 0 ? { sshPort: ssh } : {}),
    domain,
    displayName: txt['displayName'] ?? f.instanceName,
    gatewayPort: f.port,
    wsUrl,
  }
}

async function domainOf(run: Run): Promise<string | undefined> {
  const { config } = await loadWhole(run, await run.ctx.host(run.paths))
  const said = (config['discovery'] as { wideArea?: { domain?: string } } | undefined)?.wideArea?.domain
  return run.ctx.env['OPENCLAW_WIDE_AREA_DOMAIN']?.trim() || said
}

/** Gateways on the local network and in the domain that is set. */
async function beacons(run: Run, ms: number, dns?: string) {
  const { ctx } = run
  const [{ discover }, { discoverWide, zoneDomain }] = await Promise.all([
    import('../../os/mdns.ts'),
    import('../../os/wide-area.ts'),
  ])
  const on = ctx.env['OPENCLAW_MDNS_INTERFACE']
  const domain = await domainOf(run)
  const wide = domain === undefined ? undefined : zoneDomain(domain)
  const [near, far] = await Promise.all([
    discover(ctx.clock, on ? { interface: on } : {}, ms, ctx.signal),
    wide === undefined ? [] : discoverWide(ctx.clock, wide, ms, ctx.signal, dns),
  ])
  return [...near.map((f) => beaconOf(f, 'local.')), ...far.map((f) => beaconOf(f, `${wide}.`))]
}

const gatewayDiscover = defineCommand({
  path: 'gateway discover',
  summary:
    'Looks for gateways on the local network and in the DNS; what they say of themselves is a hint, not a proof.',
  flags: z.strictObject({
    timeout: z.number().int().min(100).default(2000).describe('how long to look, in ms'),
    dns: z.string().min(1).optional().describe('the name server to ask, such as 100.64.0.7 or 127.0.0.1:5353'),
  }),
  examples: ['gateway discover', 'gateway discover --timeout 5000 --json'],
  async run({ timeout, dns }, run) {
    const found = await beacons(run, timeout, dns)
    const { ctx, globals } = run
    if (globals.json) ctx.stdout(json({ beacons: found, count: found.length }))
    else if (!found.length) ctx.stdout('No gateway answered.\n')
    else for (const b of found) ctx.stdout(`${b.displayName}  ${b.wsUrl}\n`)
    return 0
  },
})

const gatewayProbe = defineCommand({
  path: 'gateway probe',
  summary:
    'Asks every gateway that may be meant: the local one, the configured one, through SSH, and those found nearby.',
  flags: z.strictObject({
    ssh: z.string().min(1).optional().describe('also through SSH: user@host or user@host:port'),
    sshIdentity: z.string().min(1).optional().describe('the key file for that'),
    sshAuto: off('also through SSH to those found nearby that say how'),
    timeout: z.number().int().min(100).default(3000).describe('how long each may take, in ms'),
  }),
  examples: ['gateway probe', 'gateway probe --ssh ann@box --json'],
  async run(p, run) {
    const { probeAll, probeText } = await import('../probe.ts')
    const at = { ...run, globals: { ...run.globals, timeout: p.timeout } }
    const report = await probeAll(at, p, beacons(run, Math.min(2000, p.timeout)))
    run.ctx.stdout(run.globals.json ? json(report) : probeText(report, run.paint))
    return report.ok ? 0 : 1
  },
})

/** What a CoreDNS that serves the zone is told: https://coredns.io/plugins/file/ */
const corefile = (domain: string, address: string | undefined, zone: string) =>
  [
    `${domain}:53 {`,
    ...(address === undefined ? [] : [`  bind ${address}`]),
    `  file ${zone} {`,
    '    reload 10s',
    '  }',
    '  errors',
    '}',
    '',
  ].join('\n')

const dnsSetup = defineCommand({
  path: 'dns setup',
  summary:
    'Shows how to be found by name on a tailnet; with --apply it sets the domain and writes the zone and a Corefile.',
  flags: z.strictObject({
    apply: off('set it up'),
    domain: z.string().min(1).optional().describe('the domain; that of the config, else openclaw.internal'),
  }),
  examples: ['dns setup', 'dns setup --apply --domain openclaw.internal'],
  async run(p, run) {
    const { ctx, paths, globals } = run
    const [{ tailnetAddress }, { writeZone, zoneDomain, zonePath }, { saveText, readText }, { patchConfig }] =
      await Promise.all([
        import('../../os/addresses.ts'),
        import('../../os/wide-area.ts'),
        import('../../os/files.ts'),
        import('../setup/files.ts'),
      ])
    if (p.apply && ctx.env['OPENCLAW_NIX_MODE'] === '1')
      throw new Fault('INVALID_REQUEST', 'OPENCLAW_NIX_MODE is set: the config is made by Nix, not by this command')
    const domain = zoneDomain(p.domain ?? (await domainOf(run)) ?? 'openclaw.internal')
    const zone = zonePath(paths.stateDir, domain)
    const core = join(paths.stateDir, 'dns', 'Corefile')
    const address = tailnetAddress()
    const facts = { domain, zone, corefile: core, address: address ?? null, applied: p.apply }
    if (p.apply) {
      await patchConfig(run, { discovery: { wideArea: { enabled: true, domain } } })
      if ((await readText(zone)) === undefined) await writeZone(ctx.clock, paths.stateDir, domain, undefined)
      await saveText(core, corefile(domain, address, zone))
    }
    if (globals.json) {
      ctx.stdout(json(facts))
      return 0
    }
    const at = address ?? '<its Tailscale address>'
    ctx.stdout(
      [
        `Domain:    ${domain}`,
        `Zone:      ${zone} (written by the gateway)`,
        `Address:   ${address ?? 'none: Tailscale does not run here'}`,
        '',
        ...(p.apply
          ? [`Set discovery.wideArea in ${paths.configPath}, and wrote ${core}.`, '', 'What is left to do:']
          : [`Nothing was changed; do it: ${ctx.name} dns setup --apply --domain ${domain}`, '', 'Then:']),
        `1. Let the gateway be reached: ${ctx.name} config set gateway.bind tailnet`,
        `2. Serve the zone: coredns -conf ${core} (any name server that reads zone files will do)`,
        `3. In the admin console of Tailscale, DNS, add ${at} as name server, restricted to ${domain}`,
        `4. Look: ${ctx.name} gateway discover`,
        '',
      ].join('\n'),
    )
    return 0
  },
})

export const commands: readonly Command[] = [dnsSetup, gatewayDiscover, gatewayProbe]
