// The reference of everything, derived from the definitions: what `oclaw docs` prints.
import type { AnyOp } from '../define/op.ts'
import type { Registry } from '../define/registry.ts'
import type { SectionPart } from '../config/section.ts'
import { configSchema, uiHints } from '../config/describe.ts'
import { ConnectParams } from '../server/handshake.ts'
import type { ReferenceText } from '../cli/context.ts'
import { entries } from '../cli/entries.ts'
import { cliData, cliText } from './cli.ts'
import { configText, keys } from './config.ts'
import { events } from './events.ts'
import { HelloOk } from './frames.ts'
import { find } from './find.ts'
import { guideData, guideNames, guideText, type GuideParts } from './guide.ts'
import { methods, schemaOf } from './methods.ts'
import { protocolText } from './protocol.ts'
import { routes } from './routes.ts'
import { wireSchema } from './wire-schema.ts'

/** The definitions. */
export interface Definitions {
  readonly version: string
  readonly ops: Registry<AnyOp>
  readonly parts: readonly SectionPart[]
}

/** Makes the reference of these definitions. */
export async function reference({ version, ops, parts }: Definitions): Promise<ReferenceText> {
  const commands = await entries({ ops })
  const about = (): GuideParts => ({ commands, keys: keys(parts), methods: methods(ops.all) })
  const guides = <T>(make: (name: (typeof guideNames)[number]) => T) =>
    Object.fromEntries(guideNames.map((name) => [name, () => make(name)])) as Record<
      (typeof guideNames)[number],
      () => T
    >
  const texts = {
    ...guides((name) => guideText(name, about())),
    protocol: () =>
      protocolText({
        version,
        connect: { params: schemaOf(ConnectParams, 'input'), result: schemaOf(HelloOk, 'output') },
        methods: methods(ops.all),
        events: events(),
        routes: routes(),
      }),
    config: () => configText(parts, version),
    cli: () => cliText(commands, version),
  }
  const data = {
    ...guides((name) => guideData(name, about())),
    protocol: () => wireSchema(methods(ops.all), events().strict, version),
    config: () => ({ version, schema: configSchema(parts), uiHints: uiHints(parts) }),
    cli: () => cliData(commands, version),
  }
  return {
    text: (topic) => `${texts[topic]()}\n`,
    data: (topic) => data[topic](),
    find: (words) => find({ cli: texts.cli(), config: texts.config(), protocol: texts.protocol() }, words),
  }
}
