// A real systemd for one user, in namespaces of its own: nothing outside sees it, and all of it is gone with its first process.
import { existsSync, readFileSync } from 'node:fs'
import { until, type Folder } from './program.ts'

const systemd = '/usr/lib/systemd/systemd'
const apart = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Whether one can run here: root, namespaces, systemd. */
export const systemdHere =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  existsSync(systemd) &&
  Bun.spawnSync([...apart, 'true'], { stdio: ['ignore', 'ignore', 'ignore'] }).success

/** What the first process does: a /run of its own that says systemd is there, a group of its own, then the manager. */
const boot = `
set -e
group=/sys/fs/cgroup/systemd/oclaw-$OCLAW_GROUP
if mkdir "$group" 2>/dev/null; then echo $$ > "$group/cgroup.procs"; fi
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"
${systemd} --user --unit=basic.target --log-target=console & # as the first process it would take itself for the machine's own
wait
`

/** Starts one for the user whose home this is; `exec` runs a command in there. */
export async function realSystemd(home: Folder) {
  const env = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: home.path,
    USER: 'root',
    XDG_RUNTIME_DIR: '/run/user/0',
    OPENCLAW_STATE_DIR: home.path,
    NO_COLOR: '1',
  }
  const group = String(process.pid)
  const holder = Bun.spawn([...apart, 'bash', '-c', boot], {
    cwd: home.path,
    env: { ...env, OCLAW_GROUP: group },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const first = () => readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim()
  const inner = await until('the first process', () => first() || undefined)
  const exec = async (...command: string[]) => {
    const child = Bun.spawn(['nsenter', '-t', inner, '-m', '-p', '--', ...command], {
      cwd: home.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { code, out, err }
  }
  await until('systemd', async () => (await exec('systemctl', '--user', 'show', '--property=Version')).code === 0)
  return {
    exec,
    /** Properties of a unit, as systemd shows them. */
    async show(unit: string, ...names: string[]): Promise<Record<string, string>> {
      const { out } = await exec('systemctl', '--user', 'show', unit, `--property=${names.join(',')}`)
      return Object.fromEntries(
        out
          .trim()
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ) as Record<string, string>
    },
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL')
      await holder.exited
      Bun.spawnSync(['find', `/sys/fs/cgroup/systemd/oclaw-${group}`, '-depth', '-type', 'd', '-delete'], {
        stdio: ['ignore', 'ignore', 'ignore'],
      })
    },
  }
}
