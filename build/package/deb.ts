// A package for Debian and its kin: one program and its completions. Anyone may run it; it starts nothing by itself.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { completionScript } from '../../src/cli/complete.ts'

/** Debian's names of machines. */
const machines = { x64: 'amd64', arm64: 'arm64' } as const

const about = `OpenClaw gateway as one file
 The control plane of a personal AI assistant: it connects chat channels to
 agents with tools, keeps their sessions, and serves WebSocket and HTTP on one
 port. \`oclaw onboard\` sets it up for the user who runs it; \`oclaw gateway
 install\` makes it a service of that user.`

/**
 * Builds a package of an executable with dpkg-deb (https://manpages.debian.org/dpkg-deb); answers its path in `folder`, or
 * undefined where there is no dpkg-deb. Throws what dpkg-deb says.
 */
export function debOf(p: {
  readonly program: string
  readonly machine: keyof typeof machines
  readonly version: string
  readonly license: string
  readonly folder: string
  /** How it is packed: `xz`, or `none` when it need not be small. */
  readonly pack?: 'xz' | 'none'
}): string | undefined {
  if (!Bun.which('dpkg-deb')) return undefined
  const top = mkdtempSync(join(tmpdir(), 'oclaw-deb-'))
  try {
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(top, path)), { recursive: true, mode: 0o755 })
      writeFileSync(join(top, path), text, { mode: 0o644 })
    }
    chmodSync(top, 0o755)
    mkdirSync(join(top, 'usr/bin'), { recursive: true, mode: 0o755 })
    copyFileSync(p.program, join(top, 'usr/bin/oclaw'))
    chmodSync(join(top, 'usr/bin/oclaw'), 0o755)
    symlinkSync('oclaw', join(top, 'usr/bin/openclaw'))
    put('usr/share/doc/oclaw/copyright', p.license)
    for (const [shell, path] of [
      ['bash', 'bash-completion/completions/oclaw'],
      ['zsh', 'zsh/vendor-completions/_oclaw'],
      ['fish', 'fish/vendor_completions.d/oclaw.fish'],
    ] as const)
      put(`usr/share/${path}`, completionScript(shell, 'oclaw'))
    const machine = machines[p.machine]
    put(
      'DEBIAN/control',
      [
        'Package: oclaw',
        `Version: ${p.version}`,
        `Architecture: ${machine}`,
        'Maintainer: The oclaw authors <oclaw@localhost>',
        'Section: net',
        'Priority: optional',
        'Depends: libc6 (>= 2.17)',
        'Recommends: bubblewrap, ca-certificates',
        `Description: ${about}`,
        '',
      ].join('\n'),
    )
    const path = join(p.folder, `oclaw_${p.version}_${machine}.deb`)
    const done = Bun.spawnSync(['dpkg-deb', `-Z${p.pack ?? 'xz'}`, '--root-owner-group', '--build', top, path])
    if (!done.success) throw new Error(`dpkg-deb failed:\n${done.stderr.toString()}`)
    return path
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}
