// What the tests need of the machine: found, or installed on Debian as root, or named as missing.
import { existsSync } from 'node:fs'

/** Whether one of these programs is here. */
function found(...programs: readonly string[]): boolean {
  return programs.some((name) => Bun.which(name) !== null)
}

/** Debian packages by a file that shows they are there. */
const needed: Readonly<Record<string, string>> = {
  tmux: '/usr/bin/tmux',
  bubblewrap: '/usr/bin/bwrap',
  'nginx-light': '/usr/sbin/nginx',
  nsd: '/usr/sbin/nsd',
  'bind9-utils': '/usr/bin/named-checkzone',
  'openssh-client': '/usr/bin/ssh',
  'openssh-server': '/usr/sbin/sshd',
  'avahi-daemon': '/usr/sbin/avahi-daemon',
  'avahi-utils': '/usr/bin/avahi-browse',
  sslscan: '/usr/bin/sslscan',
  systemd: '/usr/bin/systemd-analyze',
  binutils: '/usr/bin/objdump',
  strace: '/usr/bin/strace',
  curl: '/usr/bin/curl',
  openssl: '/usr/bin/openssl',
  gcc: '/usr/bin/gcc',
  musl: '/lib/ld-musl-x86_64.so.1',
  'qemu-user-static': '/usr/bin/qemu-aarch64-static',
  'libc6-arm64-cross': '/usr/aarch64-linux-gnu/lib/libc.so.6',
  'libgcc-s1-arm64-cross': '/usr/aarch64-linux-gnu/lib/libgcc_s.so.1',
  'libstdc++6-arm64-cross': '/usr/aarch64-linux-gnu/lib/libstdc++.so.6',
  // The tests of the Control UI; half a gigabyte, so only where nothing may be skipped.
  ...(process.env['CI'] === 'true' && !found('chromium', 'google-chrome') ? { chromium: '/usr/bin/chromium' } : {}),
}

const run = (args: readonly string[]) =>
  Bun.spawnSync([...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, // nothing that is installed starts by itself
  }).success

/** Installs what is missing where that can be done; says what is missing where it cannot. */
export function prepare(): void {
  const missing = Object.entries(needed).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (!missing.length || process.platform !== 'linux' || process.arch !== 'x64') return
  const debian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0
  if (
    debian &&
    (run(['apt-get', 'install', '-y', '-qq', ...missing]) ||
      (run(['apt-get', 'update', '-qq']) && run(['apt-get', 'install', '-y', '-qq', ...missing])))
  )
    return
  process.stderr.write(`Not installed, so what needs it is skipped: ${missing.join(', ')}\n`)
}
