// Checks of what runs: the gateway, its port, its service, its channels and the model it asks.
import { basename } from 'node:path'
import { hostCheck, said, well, wrong } from './facts.ts'

export const gatewayPort = hostCheck({
  id: 'gateway.port',
  summary: 'The port is ours, or free.',
  severity: 'broken',
  async look(facts) {
    const { running, port, pid } = await facts.gateway()
    const others = facts.listeners(port).filter((p) => p.pid !== pid)
    if (running || !others.length) return well(`port ${port}${running ? '' : ' is free'}`)
    const who = others.map((p) => `pid ${p.pid} (${p.command})`).join(', ')
    return wrong(
      `port ${port} is taken by ${who}; the gateway would take the next free one`,
      `oclaw config set gateway.port ${port + 1}`,
    )
  },
})

export const gatewayReachable = hostCheck({
  id: 'gateway.reachable',
  summary: 'The gateway runs, answers, and is of this version.',
  severity: 'warn',
  after: ['gateway.port'],
  async look(facts) {
    const g = await facts.gateway()
    if (!g.running)
      return wrong(`no gateway answers on port ${g.port}${g.error ? `: ${g.error}` : ''}`, 'oclaw gateway start')
    if (g.version !== facts.version)
      return wrong(`the gateway is of version ${g.version}, this program of ${facts.version}`, 'oclaw gateway restart')
    return well(`version ${g.version}, pid ${g.pid}, port ${g.port}`)
  },
})

export const channelCredentials = hostCheck({
  id: 'channels.credentials',
  summary: 'The credentials of every channel are good.',
  severity: 'broken',
  async look(facts) {
    const problems = await facts.channels()
    if (!problems.length) return well()
    const lines = problems.map((p) => (p.fix === undefined ? p.text : `${p.text} (${p.fix})`))
    return wrong(lines.join('\n'), problems.find((p) => p.fix)?.fix)
  },
})

export const modelReachable = hostCheck({
  id: 'models.reachable',
  summary: 'There is a model to ask.',
  severity: 'broken',
  async look(facts) {
    const { ref, problem, asked } = await facts.model()
    if (problem !== undefined) return wrong(problem, 'oclaw configure --section model')
    if (asked && !asked.ok) return wrong(`${ref} did not answer: ${asked.text}`, 'oclaw configure --section model')
    if (ref?.startsWith('demo/')) return well('the built-in demo answers; set a key for a real model: oclaw onboard')
    return well(ref)
  },
})

export const serviceUnit = hostCheck({
  id: 'service.unit',
  summary: 'The service starts this program, as it is now.',
  severity: 'warn',
  outside: true,
  async look(facts) {
    const service = await facts.service()
    if (!service || service.state.text === undefined) return well('not installed as a service')
    const { state, wanted } = service
    if (state.text !== wanted)
      return wrong(`${state.path} is of another version or place of oclaw`, 'oclaw doctor --fix')
    if (state.manager === 'none') return wrong(`${state.path} is there, but no service manager runs for this user`)
    if (!state.enabled) return wrong('the service does not start at boot', 'oclaw gateway install --force')
    return well(`${state.manager}, ${state.active ? 'running' : 'stopped'}`)
  },
  async mend(facts, journal) {
    const service = await facts.service()
    if (!service || service.state.text === undefined || service.state.text === service.wanted) return undefined
    await journal.write(service.state.path, service.wanted)
    return `wrote ${service.state.path} anew; it counts after: oclaw gateway install --force`
  },
})

export const serviceLinger = hostCheck({
  id: 'service.linger',
  summary: 'The service goes on when its user logs out.',
  severity: 'warn',
  after: ['service.unit'],
  outside: true,
  async look(facts) {
    const service = await facts.service()
    return service?.state.text !== undefined && service.state.linger === false
      ? wrong('the service ends when you log out', 'sudo loginctl enable-linger "$USER"')
      : well()
  },
})

export const otherServices = hostCheck({
  id: 'service.others',
  summary: 'No other service starts a gateway on this machine.',
  severity: 'warn',
  look(facts) {
    const others = facts.otherServices()
    const first = others[0]
    if (first === undefined) return well()
    const name = basename(first)
    const off = name.endsWith('.plist')
      ? `launchctl unload -w ${first}`
      : first.startsWith(facts.paths.home)
        ? `systemctl --user disable --now ${name}`
        : `sudo systemctl disable --now ${name}`
    return wrong(`${others.join(', ')}: a second gateway takes the port, and answers the same people`, off)
  },
})

export const openDms = hostCheck({
  id: 'channels.open',
  summary: 'No channel lets everybody write to the assistant.',
  severity: 'warn',
  look(facts) {
    const open = facts.accounts().filter((a) => a.dmPolicy === 'open')
    const first = open[0]
    if (!first) return well()
    const said = open.map((a) =>
      a.allowFrom.includes('*')
        ? `${a.channel} ${a.accountId}: dmPolicy is open, so everybody may write to the assistant`
        : `${a.channel} ${a.accountId}: dmPolicy is open, but allowFrom has no "*", so nobody is heard`,
    )
    const at = first.accountId === 'default' ? '' : `accounts.${first.accountId}.`
    return wrong(said.join('\n'), `oclaw config set channels.${first.channel}.${at}dmPolicy pairing`)
  },
})

export const tailscaleRule = hostCheck({
  id: 'gateway.tailscale',
  summary: 'What is reachable through Tailscale is protected as it must be.',
  severity: 'broken',
  look(facts) {
    const mode = said(facts, 'gateway.tailscale.mode')
    if (mode !== 'serve' && mode !== 'funnel') return well()
    if (said(facts, 'gateway.bind') !== 'loopback')
      return wrong(`Tailscale ${mode} needs gateway.bind loopback`, 'oclaw config set gateway.bind loopback')
    if (mode === 'funnel' && said(facts, 'gateway.auth.mode') !== 'password')
      return wrong(
        'Tailscale funnel opens the gateway to everyone and needs a password',
        'oclaw configure --section gateway',
      )
    return well(mode)
  },
})
