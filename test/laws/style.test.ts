// What a file looks like: short, introduced by a sentence, without hidden clocks or swallowed errors.
import { expect, test } from 'bun:test'
import { sources } from './source.ts'

const src = sources('src', 'ui')
const all = sources('src', 'ui', 'test', 'build')
const clock = 'src/lib/clock.ts'

const offenders = (files: typeof all, pattern: RegExp, except: readonly string[] = []) =>
  files
    .filter((f) => !except.includes(f.path))
    .flatMap((f) => f.lines.flatMap((line, i) => (pattern.test(line) ? [`${f.path}:${i + 1}: ${line.trim()}`] : [])))

test('no file is longer than 300 lines', () => {
  expect(all.filter((f) => f.lines.length > 301).map((f) => `${f.path}: ${f.lines.length - 1}`)).toEqual([])
})

test('every file begins with a sentence that says what it is for', () => {
  expect(all.filter((f) => !/^(#!.*\n)?\/\/ [A-Z].{10,}/.test(f.text)).map((f) => f.path)).toEqual([])
})

test('time comes from the clock', () => {
  expect(offenders(src, /Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|Bun\.sleep/, [clock])).toEqual([])
})

test('nothing is swallowed, skipped or left for later', () => {
  expect(offenders(src, /catch\s*(\([^)]*\))?\s*\{\s*\}/)).toEqual([])
  expect(offenders(src, /\b(TODO|FIXME|XXX|HACK)\b|not implemented/i)).toEqual([])
  expect(offenders(src, /ForTest|NODE_ENV|BUN_TEST/)).toEqual([])
  const focus = new RegExp(String.raw`\b(test|describe|it)\.(skip|only|todo)\b`)
  expect(offenders(all, focus, ['test/laws/style.test.ts'])).toEqual([])
})

test('no port is shared with another program', () => {
  const servers = src.flatMap((f) =>
    f.text
      .split(/Bun\.serve[<(]/)
      .slice(1)
      .map((text) => ({ path: f.path, text })),
  )
  expect(servers.length).toBeGreaterThan(2)
  expect(servers.filter((s) => !s.text.slice(0, 400).includes('reusePort: false')).map((s) => s.path)).toEqual([])
})

test('names say what things are', () => {
  expect(offenders(src, /(class|interface|type) \w+(Manager|Service|Helper|Impl|Utils)\b/)).toEqual([])
  expect(all.filter((f) => /\/(utils?|helpers?|common|misc|types)(\.ts|\/)/.test(f.path)).map((f) => f.path)).toEqual(
    [],
  )
})

test('secrets are revealed only where they are used', () => {
  const allowed = [
    'src/lib/secret.ts',
    'src/channels/',
    'src/providers/',
    'src/tools/web/',
    'src/server/auth.ts',
    'src/config/',
    'src/ops/',
    'src/cli/secret.ts',
    'src/app/settings/skills.ts', // given to the programs of the skill they are for
    'src/engine/cron/job-run.ts', // shown to the webhook a job names
  ]
  const wrong = offenders(src, /\.reveal\(\)/).filter((line) => !allowed.some((a) => line.startsWith(a)))
  expect(wrong).toEqual([])
})

test('exported functions carry a docstring', () => {
  const wrong = sources('src').flatMap((f) =>
    f.lines.flatMap((line, i) =>
      /^export (async )?function|^export const \w+ = (async )?(<[^>]*>)?\(/.test(line) &&
      !/\*\/\s*$/.test(f.lines[i - 1] ?? '')
        ? [`${f.path}:${i + 1}: ${line}`]
        : [],
    ),
  )
  expect(wrong).toEqual([])
})
