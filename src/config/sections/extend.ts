// The `skills`, `plugins` and `memory` sections: what agents can be given besides.
import { z } from 'zod'
import {
  byName,
  flag,
  group,
  hidden,
  int,
  intOr,
  list,
  maybe,
  scopeRules,
  text,
  textOr,
  textList,
  texts,
  wordOr,
  yes,
} from '../fields.ts'
import { offWhenInvalid, section } from '../section.ts'

/** What was installed, where from, and what was found there. */
export const installs = <const S extends z.ZodRawShape>(more: S) =>
  byName(
    'what was installed',
    z.strictObject({
      source: z.enum(['npm', 'archive', 'path']).describe('where it came from'),
      spec: text('what was asked for'),
      sourcePath: text('the file it came from'),
      installPath: text('where it is'),
      version: text('its version'),
      resolvedName: text('its name there'),
      resolvedVersion: text('its version there'),
      resolvedSpec: text('exactly what was taken'),
      integrity: text('its checksum'),
      shasum: text('its older checksum'),
      resolvedAt: text('when it was found'),
      installedAt: text('when it was installed'),
      ...more,
    }),
  )

export const skills = section(
  'skills',
  group('skills', {
    allowBundled: texts('only these of the built-in ones'),
    load: group('where skills are found', {
      extraDirs: textList('further folders'),
      watch: yes('notice changes'),
      watchDebounceMs: intOr(250, 0, 'how long files must be quiet, in ms'),
    }),
    install: group('installing what skills need', {
      preferBrew: yes('Homebrew first'),
      nodeManager: wordOr('npm', ['npm', 'pnpm', 'yarn', 'bun'], 'program for node packages'),
    }),
    limits: group('limits', {
      maxCandidatesPerRoot: intOr(300, 1, 'folders looked at in one place'),
      maxSkillsLoadedPerSource: intOr(200, 1, 'skills taken from one place'),
      maxSkillsInPrompt: intOr(150, 0, 'skills named to the model'),
      maxSkillsPromptChars: intOr(30_000, 0, 'characters about them'),
      maxSkillFileBytes: intOr(256_000, 0, 'largest skill file, in bytes'),
    }),
    entries: byName(
      'settings by skill',
      z.strictObject({
        enabled: flag('whether it is on'),
        apiKey: hidden('its key'),
        env: byName('its environment', z.string()),
        config: z.record(z.string(), z.unknown()).optional().describe('its own settings'),
      }),
    ),
  }),
)

export const plugins = section(
  'plugins',
  group('plugins', {
    enabled: yes('whether any run'),
    allow: texts('only these'),
    deny: texts('never these'),
    load: maybe('where they are found', { paths: texts('further files or folders') }),
    slots: group('who fills a place', { memory: textOr('memory-core', 'the plugin that remembers, or none') }),
    entries: byName(
      'settings by plugin',
      z.strictObject({
        enabled: flag('whether it is on'),
        config: z.record(z.string(), z.unknown()).optional().describe('its own settings'),
      }),
    ),
    installs: installs({}),
  }),
  offWhenInvalid,
)

export const memory = section(
  'memory',
  group('what agents remember', {
    backend: wordOr('builtin', ['builtin', 'qmd'], 'who searches it; qmd is of no effect, the built-in search answers'),
    citations: wordOr('auto', ['auto', 'on', 'off'], 'name the places found'),
    qmd: maybe('the QMD program; of no effect here', {
      command: text('the program'),
      searchMode: wordOr('search', ['query', 'search', 'vsearch'], 'how it searches'),
      includeDefaultMemory: yes('also the notes of the workspace'),
      paths: list(
        'further folders',
        z.strictObject({
          path: z.string().describe('folder'),
          name: text('its name'),
          pattern: text('which files'),
        }),
      ),
      sessions: group('session transcripts', {
        enabled: flag('search them'),
        exportDir: text('folder they are written to'),
        retentionDays: int(0, 'days they are kept'),
      }),
      update: group('keeping the index up to date', {
        interval: textOr('5m', 'how often'),
        debounceMs: intOr(15_000, 0, 'how long files must be quiet, in ms'),
        onBoot: yes('at the start'),
        waitForBootSync: flag('wait for it'),
        embedInterval: textOr('60m', 'how often embeddings are made'),
        commandTimeoutMs: intOr(30_000, 0, 'longest command, in ms'),
        updateTimeoutMs: intOr(120_000, 0, 'longest update, in ms'),
        embedTimeoutMs: intOr(120_000, 0, 'longest embedding, in ms'),
      }),
      limits: group('limits', {
        maxResults: intOr(6, 1, 'most results'),
        maxSnippetChars: intOr(700, 1, 'characters of one'),
        maxInjectedChars: intOr(4000, 1, 'characters of all'),
        timeoutMs: intOr(4000, 0, 'longest search, in ms'),
      }),
      scope: scopeRules('in which chats'),
    }),
  }),
)
