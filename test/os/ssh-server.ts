// A real SSH server on loopback that lets one key in, and a client that trusts it.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const user = () => Bun.spawnSync(['id', '-un']).stdout.toString().trim()

export const sshd = '/usr/sbin/sshd'

/** Starts one until the scope ends: `to` is its target, `identity` the key it lets in, `home` where its client lives. */
export async function sshServer() {
  const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = free.port as number
  await free.stop(true)
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-ssh-'))
  const at = (name: string) => join(dir, name)
  for (const name of ['host', 'client']) Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
  mkdirSync('/run/sshd', { recursive: true })
  writeFileSync(at('keys'), readFileSync(at('client.pub')))
  chmodSync(at('keys'), 0o600)
  writeFileSync(
    at('config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('keys')}`,
      `PidFile ${at('pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      '',
    ].join('\n'),
  )
  const child = Bun.spawn([sshd, '-D', '-e', '-f', at('config')], { stdio: ['ignore', 'ignore', 'ignore'] })
  // A client that takes this server's key and no other.
  const known = `[127.0.0.1]:${port} ${readFileSync(at('host.pub'), 'utf8')}`
  writeFileSync(at('known'), known)
  mkdirSync(at('bin'))
  writeFileSync(at('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F none -o UserKnownHostsFile=${at('known')} "$@"\n`)
  chmodSync(at('bin/ssh'), 0o755)
  return {
    to: `${user()}@127.0.0.1:${port}`,
    identity: at('client'),
    /** The folder with that client. */
    bin: at('bin'),
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
