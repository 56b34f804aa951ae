// Whatever is in the file, there is a config, its access is not open, and only a sound gateway is reachable.
import { expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { sections } from '../../src/config/sections/index.ts'
import { mutations, richConfig } from './mutations.ts'

function home(files: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-config-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return paths({ OPENCLAW_STATE_DIR: dir }, {}, { home: dir, exists: () => true })
}

/** Whether the text itself, read as plainly as can be, says that everyone may come in. */
function saysNone(text: string): boolean {
  try {
    const value = Bun.JSON5.parse(text) as { gateway?: { auth?: { mode?: unknown } } } | null
    return value?.gateway?.auth?.mode === 'none'
  } catch {
    return false
  }
}

test('the rich config is valid', async () => {
  const at = home({ 'openclaw.json': richConfig })
  const { issues, warnings, config, from } = await loadConfig(sections, at, {})
  expect({ issues, warnings, from }).toEqual({ issues: [], warnings: [], from: 'file' })
  expect(config.gateway.bind).toBe('lan')
  expect(config.gateway.auth.password?.reveal()).toBe('correct horse')
})

test('500 broken configs give 500 closed ones', async () => {
  const all = mutations(20_260_219, 500)
  const at = home(all[0]?.files ?? {})
  const wrong: string[] = []
  let broken = 0
  for (const { name, text } of all) {
    writeFileSync(at.configPath, text)
    const { config, issues, valid } = await loadConfig(sections, at, {})
    if (!valid) broken++
    if (valid !== (issues.length === 0)) wrong.push(`${name}: valid and issues differ`)
    const { gateway, tools } = config
    if (gateway.auth.mode === 'none' && !saysNone(text)) wrong.push(`${name}: open`)
    const about = (key: string) => issues.some((i) => i.path === '' || i.path === key || i.path.startsWith(`${key}.`))
    if (about('gateway') && gateway.bind !== 'loopback') wrong.push(`${name}: reachable`)
    if (about('gateway.auth') && gateway.auth.mode === 'password' && !gateway.auth.password)
      wrong.push(`${name}: no password`)
    if (issues.some((i) => i.path.startsWith('tools')) && tools.profile !== 'minimal') wrong.push(`${name}: tools`)
  }
  expect(wrong).toEqual([])
  expect(broken).toBeGreaterThan(350)
}, 60_000)

test('the same seed gives the same configs', () => {
  expect(mutations(7, 40)).toEqual(mutations(7, 40))
  expect(mutations(7, 40)).not.toEqual(mutations(8, 40))
})
