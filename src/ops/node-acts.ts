// What nodes are asked to do besides running programs: camera, screen, place, notices, canvas.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { once } from '../lib/once.ts'
import { spanMs } from '../domain/heartbeat.ts'
import { textSurface } from '../domain/a2ui.ts'

/** One question to a node; `name` is what a file that comes of it is called. */
export interface ActCall {
  readonly command: string
  readonly params: Readonly<Record<string, unknown>>
  readonly name?: string
}

/** Something a node can be asked. */
export interface NodeAct {
  /** The words behind `oclaw nodes`, and with `_` for spaces the tool's action. */
  readonly path: string
  readonly summary: string
  readonly command: string
  /** Flags taken by position. */
  readonly args?: readonly string[]
  /** Made when somebody asks: most starts never do. */
  params(): z.ZodObject
  /** How long the answer is waited for, in ms. */
  readonly timeoutMs: number
  /** Whether a file comes of it. */
  readonly file: boolean
  calls(params: never): readonly ActCall[]
}

const act = <P extends z.ZodObject>(
  a: Omit<NodeAct, 'calls' | 'params'> & { params(): P; calls(p: z.output<P>): readonly ActCall[] },
): NodeAct => ({ ...a, params: once(a.params) })

const known = (params: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(params).filter(([, v]) => v !== undefined))

/** A span such as 10s, 1m, or a bare number of ms. Throws INVALID_REQUEST. */
function ms(text: string): number {
  const span = /^\d+$/.test(text.trim()) ? Number(text) : spanMs(text)
  if (span === undefined || span <= 0) throw new Fault('INVALID_REQUEST', `"${text}" is no span; write 10s, 1m or 3000`)
  return span
}

const deviceId = () => z.string().optional().describe('which camera, as `camera list` names them')
const maxWidth = () => z.number().int().min(1).optional().describe('widest picture, in pixels')
const quality = () => z.number().min(0).max(1).optional().describe('from 0 to 1')
const audio = () => z.boolean().default(true).describe('with sound')
const size = () => z.number().optional()

const camera = [
  act({
    path: 'camera list',
    summary: 'Lists the cameras of a node.',
    command: 'camera.list',
    params: () => z.strictObject({}),
    timeoutMs: 20_000,
    file: false,
    calls: () => [{ command: 'camera.list', params: {} }],
  }),
  act({
    path: 'camera snap',
    summary: 'Takes a photo with a node’s camera.',
    command: 'camera.snap',
    params: () =>
      z.strictObject({
        facing: z.enum(['front', 'back', 'both']).default('both').describe('which way it looks'),
        deviceId: deviceId(),
        maxWidth: maxWidth(),
        quality: quality().default(0.9),
        delayMs: z.number().int().min(0).optional().describe('wait before it, in ms'),
      }),
    timeoutMs: 20_000,
    file: true,
    calls({ facing, ...more }) {
      if (facing === 'both' && more.deviceId !== undefined)
        throw new Fault('INVALID_REQUEST', 'with a camera of its own, say facing front or back')
      const sides = facing === 'both' ? (['front', 'back'] as const) : [facing]
      const params = (side: string) => known({ facing: side, format: 'jpg', ...more })
      return sides.map((side) => ({ command: 'camera.snap', params: params(side), name: `camera-snap-${side}` }))
    },
  }),
  act({
    path: 'camera clip',
    summary: 'Records a short film with a node’s camera.',
    command: 'camera.clip',
    params: () =>
      z.strictObject({
        facing: z.enum(['front', 'back']).default('front').describe('which way it looks'),
        deviceId: deviceId(),
        duration: z.string().default('3000').describe('how long: 3000 (ms), 10s or 1m'),
        audio: audio(),
      }),
    timeoutMs: 90_000,
    file: true,
    calls: ({ facing, duration, audio: includeAudio, ...more }) => [
      {
        command: 'camera.clip',
        params: known({ facing, durationMs: ms(duration), includeAudio, format: 'mp4', ...more }),
        name: `camera-clip-${facing}`,
      },
    ],
  }),
]

const canvas = [
  act({
    path: 'canvas present',
    summary: 'Shows the canvas on a node.',
    command: 'canvas.present',
    params: () =>
      z.strictObject({
        target: z.string().optional().describe('an address, or a path of the canvas folder'),
        x: size().describe('left edge, in pixels'),
        y: size().describe('top edge'),
        width: size().describe('width'),
        height: size().describe('height'),
      }),
    timeoutMs: 20_000,
    file: false,
    calls({ target, ...place }) {
      const placement = known(place)
      const params = known({ url: target, ...(Object.keys(placement).length ? { placement } : {}) })
      return [{ command: 'canvas.present', params }]
    },
  }),
  act({
    path: 'canvas hide',
    summary: 'Takes the canvas of a node off its screen.',
    command: 'canvas.hide',
    params: () => z.strictObject({}),
    timeoutMs: 20_000,
    file: false,
    calls: () => [{ command: 'canvas.hide', params: {} }],
  }),
  act({
    path: 'canvas navigate',
    summary: 'Leads the canvas of a node to another page.',
    command: 'canvas.navigate',
    args: ['url'],
    params: () => z.strictObject({ url: z.string().min(1).describe('an address, or a path of the canvas folder') }),
    timeoutMs: 20_000,
    file: false,
    calls: ({ url }) => [{ command: 'canvas.navigate', params: { url } }],
  }),
  act({
    path: 'canvas eval',
    summary: 'Runs JavaScript in the canvas of a node.',
    command: 'canvas.eval',
    args: ['js'],
    params: () => z.strictObject({ js: z.string().min(1).describe('the code; its value is the answer') }),
    timeoutMs: 20_000,
    file: false,
    calls: ({ js }) => [{ command: 'canvas.eval', params: { javaScript: js } }],
  }),
  act({
    path: 'canvas snapshot',
    summary: 'Takes a picture of the canvas of a node.',
    command: 'canvas.snapshot',
    params: () =>
      z.strictObject({
        format: z.enum(['png', 'jpg', 'jpeg']).default('jpg').describe('kind of picture'),
        maxWidth: maxWidth(),
        quality: quality(),
      }),
    timeoutMs: 20_000,
    file: true,
    calls: ({ format, ...more }) => [
      {
        command: 'canvas.snapshot',
        params: known({ format: format === 'png' ? 'png' : 'jpeg', ...more }),
        name: 'canvas-snapshot',
      },
    ],
  }),
  act({
    path: 'canvas a2ui push',
    summary: 'Shows A2UI messages in the canvas of a node.',
    command: 'canvas.a2ui.pushJSONL',
    params: () =>
      z.strictObject({
        jsonl: z.string().optional().describe('the messages, one a line'),
        text: z.string().optional().describe('a text to show instead'),
      }),
    timeoutMs: 20_000,
    file: false,
    calls({ jsonl, text }) {
      if ((jsonl === undefined) === (text === undefined))
        throw new Fault('INVALID_REQUEST', 'give either messages (jsonl) or a text')
      const said = jsonl ?? textSurface(text ?? '')
      return [{ command: 'canvas.a2ui.pushJSONL', params: { jsonl: said } }]
    },
  }),
  act({
    path: 'canvas a2ui reset',
    summary: 'Clears what A2UI shows in the canvas of a node.',
    command: 'canvas.a2ui.reset',
    params: () => z.strictObject({}),
    timeoutMs: 20_000,
    file: false,
    calls: () => [{ command: 'canvas.a2ui.reset', params: {} }],
  }),
]

const others = [
  act({
    path: 'screen record',
    summary: 'Records the screen of a node.',
    command: 'screen.record',
    params: () =>
      z.strictObject({
        duration: z.string().default('10000').describe('how long: 10000 (ms), 10s or 1m'),
        fps: z.number().min(1).max(60).default(10).describe('pictures a second'),
        screen: z.number().int().min(0).default(0).describe('which screen, from 0'),
        audio: audio(),
      }),
    timeoutMs: 120_000,
    file: true,
    calls: ({ duration, fps, screen: screenIndex, audio: includeAudio }) => [
      {
        command: 'screen.record',
        params: { durationMs: ms(duration), fps, screenIndex, includeAudio, format: 'mp4' },
        name: 'screen-record',
      },
    ],
  }),
  act({
    path: 'location get',
    summary: 'Asks where a node is.',
    command: 'location.get',
    params: () =>
      z.strictObject({
        accuracy: z.enum(['coarse', 'balanced', 'precise']).optional().describe('how exactly'),
        maxAge: z.number().int().min(0).optional().describe('an answer this old will do, in ms'),
        locationTimeout: z.number().int().min(1).default(10_000).describe('how long the node may look, in ms'),
      }),
    timeoutMs: 20_000,
    file: false,
    calls: ({ accuracy, maxAge, locationTimeout }) => [
      {
        command: 'location.get',
        params: known({ desiredAccuracy: accuracy, maxAgeMs: maxAge, timeoutMs: locationTimeout }),
      },
    ],
  }),
  act({
    path: 'notify',
    summary: 'Shows a notice on a node.',
    command: 'system.notify',
    params: () =>
      z.strictObject({
        title: z.string().optional().describe('its title'),
        body: z.string().optional().describe('its text'),
        sound: z.string().optional().describe('with this sound'),
        priority: z.enum(['passive', 'active', 'timeSensitive']).optional().describe('how urgent'),
        delivery: z.enum(['system', 'overlay', 'auto']).optional().describe('where it is shown'),
      }),
    timeoutMs: 15_000,
    file: false,
    calls(p) {
      if (!p.title?.trim() && !p.body?.trim()) throw new Fault('INVALID_REQUEST', 'a notice needs a title or a text')
      return [{ command: 'system.notify', params: known({ delivery: 'system', ...p }) }]
    },
  }),
]

export const nodeActs: readonly NodeAct[] = [...camera, ...canvas, ...others]

/** What a node's answer holds when a file comes of it. */
const FilePayload = once(() => z.object({ format: z.string().regex(/^[a-z0-9]{2,5}$/i), base64: z.string().min(1) }))

/** A file a node sent. Throws UNAVAILABLE when what it sent is none. */
export function fileOf(
  payload: unknown,
  call: ActCall,
): { name: string; mime: string; bytes: Uint8Array<ArrayBuffer> } {
  const read = FilePayload().safeParse(payload)
  if (!read.success) throw new Fault('UNAVAILABLE', `the node answered ${call.command} without a file`)
  const format = read.data.format.toLowerCase().replace('jpeg', 'jpg')
  const mime = format === 'mp4' ? 'video/mp4' : `image/${format === 'jpg' ? 'jpeg' : format}`
  try {
    return { name: `${call.name ?? 'file'}.${format}`, mime, bytes: Uint8Array.fromBase64(read.data.base64) }
  } catch (cause) {
    throw new Fault('UNAVAILABLE', `the node answered ${call.command} with a file that cannot be read`, { cause })
  }
}
