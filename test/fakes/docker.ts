// A container engine's command line, as strict as the real one about names, images and states, which runs programs on the host.
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The program itself: run by Bun, its state in a file beside it. */
const source = (state: string) => `#!${process.execPath}
const fs = require('node:fs')
const { spawnSync } = require('node:child_process')
const state = JSON.parse(fs.readFileSync(${JSON.stringify(state)}, 'utf8'))
const save = () => fs.writeFileSync(${JSON.stringify(state)}, JSON.stringify(state))
const fail = (text, code = 1) => { console.error(text); process.exit(code) }
const [command, ...args] = process.argv.slice(2)
state.calls.push([command, ...args]); save()
const withValue = new Set(['--name', '--label', '--hostname', '--workdir', '--security-opt', '--network', '--tmpfs', '--cap-drop', '--env', '--ulimit', '--dns', '--add-host', '--volume', '--user', '--pids-limit', '--memory', '--memory-swap', '--cpus', '--filter', '--format'])
const flags = {}, rest = []
for (let i = 0; i < args.length; i++) {
  if (rest.length || !args[i].startsWith('--')) { rest.push(args[i]); continue }
  if (withValue.has(args[i])) (flags[args[i]] ??= []).push(args[++i])
  else if (['--read-only', '--interactive', '--tty', '--all', '--force', '--kill-after=5'].includes(args[i])) flags[args[i]] = [true]
  else fail('unknown flag: ' + args[i], 125)
}
if (state.down) fail('Cannot connect to the daemon')
switch (command) {
  case 'info': break
  case 'image': if (!state.images.includes(args[1])) fail('No such image: ' + args[1]); break
  case 'create': {
    const name = flags['--name'][0]
    if (state.containers[name]) fail('Conflict. The container name "/' + name + '" is already in use')
    if (!state.images.includes(rest[0])) fail('Unable to find image ' + rest[0])
    const volume = (flags['--volume'] ?? []).find((v) => v.split(':')[1] === flags['--workdir'][0])
    state.containers[name] = { image: rest[0], running: false, label: flags['--label'][0].split('=')[1], folder: volume.split(':')[0], workdir: flags['--workdir'][0], made: state.now ?? '2026-11-26 10:00:00 +0000 UTC' }
    save(); break
  }
  case 'start': if (!state.containers[rest[0]]) fail('No such container: ' + rest[0]); state.containers[rest[0]].running = true; save(); break
  case 'rm': for (const name of rest) { if (!state.containers[name]) fail('No such container: ' + name); delete state.containers[name] } save(); break
  case 'ps': for (const [name, c] of Object.entries(state.containers)) console.log([name, c.image, c.running ? 'running' : 'created', 'Up', c.label, c.made].join('\\t')); break
  case 'exec': {
    const [name, ...argv] = rest
    const c = state.containers[name]
    if (!c?.running) fail('Error: container ' + name + ' is not running')
    const cwd = (flags['--workdir']?.[0] ?? c.workdir).replace(c.workdir, c.folder)
    const env = Object.fromEntries((flags['--env'] ?? []).map((e) => [e.slice(0, e.indexOf('=')), e.slice(e.indexOf('=') + 1)]))
    const done = spawnSync(argv[0], argv.slice(1), { cwd, env: { PATH: process.env.PATH, ...env }, stdio: 'inherit' })
    process.exit(done.status ?? 1)
  }
  default: fail('unknown command: ' + command, 125)
}
`

interface State {
  calls: string[][]
  images: string[]
  containers: Record<string, { image: string; running: boolean; label: string; folder: string }>
  down?: boolean
  now?: string
}

/** Writes one; `program` is to be run, `state` is what it has seen. */
export function fakeDocker(images: readonly string[]) {
  const at = mkdtempSync(join(tmpdir(), 'oclaw-docker-'))
  const [program, state] = [join(at, 'docker'), join(at, 'state.json')]
  writeFileSync(state, JSON.stringify({ calls: [], images, containers: {} }))
  writeFileSync(program, source(state))
  chmodSync(program, 0o755)
  const read = () => JSON.parse(readFileSync(state, 'utf8')) as State
  return {
    program,
    get state() {
      return read()
    },
    /** The daemon goes away, or is there again. */
    down(yes: boolean) {
      writeFileSync(state, JSON.stringify({ ...read(), down: yes }))
    },
    /** What it takes for the time at which containers are made, as the real one writes it. */
    time(now: string) {
      writeFileSync(state, JSON.stringify({ ...read(), now }))
    },
    /** The calls of one command. */
    calls: (command: string) => read().calls.filter((c) => c[0] === command),
  }
}
