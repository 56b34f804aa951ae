// What the executables ask of the machine: no C library newer than that of Debian 11, and musl's where they are for musl.
import { expect, test } from 'bun:test'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gateway } from './harness.ts'
import { built, folder, root, type Folder } from './program.ts'
import { setUpAndAnswer } from './set-up.ts'
import { smallGroup } from './small-group.ts'

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
    const path = forMusl()
    expect(newestGlibc(path)).toBe('0.0')
    expect(wants(path)).toEqual({
      loader: '/lib/ld-musl-x86_64.so.1',
      libraries: ['libc.musl-x86_64.so.1', 'libstdc++.so.6'],
    })
  },
  120_000,
)

/** What Debian's libstdc++ and libgcc expect of glibc and musl does not have; on Alpine they expect nothing of the kind. */
const shim = `
#include <stddef.h>
extern long syscall(long, ...);
char __libc_single_threaded = 0;
unsigned int arc4random(void) { unsigned int v; syscall(318, &v, sizeof v, 0); return v; }
extern size_t strftime_l(char *, size_t, const char *, const void *, void *);
size_t __strftime_l(char *s, size_t n, const char *f, const void *t, void *l) { return strftime_l(s, n, f, t, l); }
int __cxa_thread_atexit_impl(void (*f)(void *), void *o, void *d) { return 0; }
int _dl_find_object(void *pc, void *r) { return -1; }
int __cpu_indicator_init(void) { return 0; }
struct { unsigned a, b, c, d[1]; } __cpu_model;
`

const musl = ['/lib/ld-musl-x86_64.so.1', '/usr/bin/gcc', '/usr/lib/x86_64-linux-gnu/libstdc++.so.6'].every((path) =>
  existsSync(path),
)

/** Debian's C++ libraries beside the shim, as the environment that finds them. */
function alpine(libraries: Folder): { LD_LIBRARY_PATH: string } {
  libraries.write('shim.c', shim)
  const at = (name: string) => join(libraries.path, name)
  const found = ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu']
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1'])
    copyFileSync(String(found.map((dir) => join(dir, name)).find((path) => existsSync(path))), at(name))
  const made = Bun.spawnSync(['gcc', '-shared', '-fPIC', '-nostdlib', '-o', at('ld-linux-x86-64.so.2'), at('shim.c')])
  expect(made.exitCode).toBe(0)
  return { LD_LIBRARY_PATH: libraries.path }
}

const forMusl = () => built(join(root, 'dist', 'oclaw-linux-x64-musl'), ['--target', 'linux-x64-musl'])

test.if(musl)(
  'under the loader of musl it starts and answers',
  async () => {
    using libraries = folder()
    await using gw = await gateway({ program: forMusl(), env: alpine(libraries) })
    expect(readFileSync(`/proc/${gw.pid}/maps`, 'utf8')).toContain('x86_64-linux-musl')
    expect(await gw.ask('hello')).toContain('You said: hello')
    expect(await gw.stop()).toBe(0)
  },
  120_000,
)

const group = musl ? smallGroup('musl') : undefined

test.if(group !== undefined)(
  'under the loader of musl it is set up without a question and answers, all within 256 MB',
  async () => {
    await using small = group as NonNullable<typeof group>
    using libraries = folder()
    await setUpAndAnswer(small, forMusl(), { env: alpine(libraries) })
  },
  120_000,
)
