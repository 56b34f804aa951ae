// What the executables ask of the machine: no C library newer than that of Debian 11, and musl's where they are for musl.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { built, root } from './program.ts'

/** The newest symbol version of glibc a program asks for. */
function newestGlibc(path: string): string {
  const { stdout } = Bun.spawnSync(['readelf', '--wide', '--version-info', path])
  const versions = [...stdout.toString().matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(
    (m) => [Number(m[1]), Number(m[2])] as const,
  )
  const [major, minor] = versions.sort((a, b) => b[0] - a[0] || b[1] - a[1])[0] ?? [0, 0]
  return `${major}.${minor}`
}

/** The loader and the libraries it wants. */
function wants(path: string): { loader: string | undefined; libraries: string[] } {
  const { stdout } = Bun.spawnSync(['readelf', '--wide', '--program-headers', '--dynamic', path])
  const text = stdout.toString()
  return {
    loader: /program interpreter: ([^\]]+)/.exec(text)?.[1],
    libraries: [...text.matchAll(/\(NEEDED\).*\[([^\]]+)\]/g)].map((m) => m[1] as string).sort(),
  }
}

const readelf = existsSync('/usr/bin/readelf')

test.if(readelf)('glibc 2.31 is enough, on x64 and, where that was built, on arm64', () => {
  const arm = join(root, 'dist', 'oclaw-linux-arm64')
  for (const path of [built(), ...(existsSync(arm) ? [arm] : [])]) {
    const [major, minor] = newestGlibc(path).split('.').map(Number)
    expect([major, Number(minor) <= 31]).toEqual([2, true])
    expect(wants(path).libraries.filter((l) => !/^(libc|libm|libdl|libpthread|ld-linux.*)\.so\.\d$/.test(l))).toEqual(
      [],
    )
  }
})

test.if(readelf)(
  'the one for musl asks for musl, and for the C++ library Alpine has as a package; nothing of glibc',
  () => {
    const path = built(join(root, 'dist', 'oclaw-linux-x64-musl'), ['--target', 'linux-x64-musl'])
    expect(newestGlibc(path)).toBe('0.0')
    expect(wants(path)).toEqual({
      loader: '/lib/ld-musl-x86_64.so.1',
      libraries: ['libc.musl-x86_64.so.1', 'libstdc++.so.6'],
    })
  },
  120_000,
)
