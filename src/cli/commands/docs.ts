// The reference, printed: of the protocol, the config and the command line.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand } from '../context.ts'
import { json } from '../print.ts'

const topics = ['protocol', 'config', 'cli', 'hooks', 'nodes', 'browser', 'network'] as const

const docsCommand = defineCommand({
  path: 'docs',
  summary: 'Prints the reference, or what it says about some words.',
  args: ['query'],
  flags: z.strictObject({
    query: z
      .array(z.string())
      .optional()
      .describe(
        'protocol, config, cli, hooks, nodes, browser, network, or schema for the wire as JSON Schema; other words are looked up',
      ),
  }),
  examples: [
    'docs protocol',
    'docs config',
    'docs cli',
    'docs hooks',
    'docs schema',
    'docs config --json',
    'docs gateway port',
  ],
  async run({ query = [] }, { ctx, globals }) {
    const [word = ''] = query
    if (!word) {
      ctx.stdout(
        [
          ['protocol', 'every method, event and route'],
          ['config', 'every key of the config'],
          ['cli', 'every command'],
          ['hooks', 'programs of yours that run when something happens'],
          ['nodes', 'other machines and phones that lend their hands'],
          ['browser', 'the browser agents drive'],
          ['network', 'firewall, reverse proxy, and ways in from elsewhere'],
          ['schema', 'the wire as JSON Schema'],
          ['<words>', 'what the reference says with these words in it'],
        ]
          .map(([topic = '', about = '']) => `${ctx.name} docs ${topic.padEnd(10)} ${about}\n`)
          .join(''),
      )
      return 0
    }
    const reference = await ctx.reference()
    const topic = query.length === 1 ? topics.find((t) => t === word) : undefined
    if (topic) ctx.stdout(globals.json ? json(reference.data(topic)) : reference.text(topic))
    else if (query.length === 1 && word === 'schema') ctx.stdout(json(reference.data('protocol')))
    else {
      const found = reference.find(query)
      if (found === undefined)
        throw new Fault('NOT_FOUND', `the reference says nothing of "${query.join(' ')}"; all of it: ${ctx.name} docs`)
      ctx.stdout(globals.json ? json({ query, found }) : `${found}\n`)
    }
    return 0
  },
})

export const commands: readonly Command[] = [docsCommand]
