// Setting up: everything, some parts, or just the files.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand } from '../context.ts'
import { setupFlags } from '../setup/flags.ts'

const wizard = () => import('../setup/wizard.ts')

const onboardCommand = defineCommand({
  path: 'onboard',
  summary: 'Sets everything up, from nothing to the first answer; goes on where it was stopped.',
  flags: setupFlags,
  examples: [
    'onboard',
    'onboard --install-daemon',
    'onboard --non-interactive --accept-risk --anthropic-api-key <key> --install-daemon --json',
  ],
  run: async (flags, run) => (await wizard()).onboard(run, flags),
})

const configureFlags = setupFlags.extend({
  section: z
    .array(z.string())
    .default([])
    .describe('only these parts: workspace, model, web, gateway, tailscale, daemon, channels, skills, health'),
})

const configuring = (path: string, example: string) =>
  defineCommand({
    path,
    summary: 'Changes parts of the set-up by questions.',
    flags: configureFlags,
    examples: [path, example],
    async run({ section, ...flags }, run) {
      const { configure, sections } = await wizard()
      const wanted = section.map((name) => {
        const known = sections.find((s) => s === name)
        if (known) return known
        throw new Fault('INVALID_REQUEST', `there is no section "${name}"; choose from ${sections.join(', ')}`)
      })
      return configure(run, flags, wanted)
    },
  })

const configureCommand = configuring('configure', 'configure --section gateway --section tailscale')
const configCommand = configuring('config', 'config --section model')

const setupCommand = defineCommand({
  path: 'setup',
  summary: 'Makes the config file and the agent’s folder when they are missing.',
  flags: setupFlags.extend({ wizard: z.boolean().default(false).describe('ask all questions, like onboard') }),
  examples: ['setup', 'setup --workspace ~/assistant'],
  async run({ wizard: questions, ...flags }, run) {
    const said = flags.mode ?? flags.remoteUrl ?? flags.remoteToken
    if (questions || flags.nonInteractive || said !== undefined) return (await wizard()).onboard(run, flags)
    const [{ patchConfig }, { workspaceStep }] = await Promise.all([
      import('../setup/files.ts'),
      import('../setup/finish.ts'),
    ])
    await patchConfig(run, { gateway: { mode: 'local' } })
    const folder = await workspaceStep(run, flags, undefined)
    run.ctx.stdout(`Config OK: ${run.paths.configPath}\nWorkspace OK: ${folder}\n`)
    return 0
  },
})

export const commands: readonly Command[] = [configCommand, configureCommand, onboardCommand, setupCommand]
