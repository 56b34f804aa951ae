// Pictures, sound, film and links of messages put into words, and how the model reads them.

/** What is put into words. */
export type Topic = 'image' | 'audio' | 'video'

/** Words for one file, or for what a link leads to. */
export interface Understood {
  readonly topic: Topic | 'link'
  readonly text: string
  /** The id of the file. */
  readonly file?: string
}

/** A file to be put into words. */
export interface HeardFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly name: string
  readonly mime: string
}

/** A program that is run with a file or a link; its arguments may hold `{{MediaPath}}` and the like. */
export interface ReaderProgram {
  readonly command: string
  readonly args: readonly string[]
}

/** Who puts a file into words, and within which limits: bytes of the file, characters of the answer, ms. */
export interface MediaReader {
  readonly name: string
  readonly maxBytes: number
  readonly maxChars: number
  readonly timeoutMs: number
  readonly prompt: string
  readonly language?: string | undefined
  readonly how:
    | ({ readonly kind: 'program' } & ReaderProgram)
    /** A model that sees pictures: `provider/model`, or the agent's own one for pictures when absent. */
    | {
        readonly kind: 'model'
        readonly ref?: string | undefined
        readonly baseUrl?: string | undefined
        readonly headers?: Readonly<Record<string, string>> | undefined
      }
    | { readonly kind: 'server'; read(file: HeardFile, signal: AbortSignal): Promise<string> }
}

/** How files of one topic are put into words. */
export interface TopicRule {
  /** Also where the model that answers could take the file itself. */
  readonly always: boolean
  /** Files of one message, and whether the last ones come first. */
  readonly most: number
  readonly fromLast: boolean
  /** Tried in order until one succeeds. */
  readonly readers: readonly MediaReader[]
}

/** How links are put into words. */
export interface LinkRule {
  readonly most: number
  /** Tried in order until one succeeds; each with its longest run, in ms. */
  readonly programs: readonly (ReaderProgram & { readonly timeoutMs: number })[]
}

/** What is put into words in one chat. */
export interface UnderstandingRule {
  /** Files at a time. */
  readonly atOnce: number
  readonly topics: Readonly<Partial<Record<Topic, TopicRule>>>
  readonly links?: LinkRule | undefined
}

const titles = { image: 'Image', audio: 'Audio', video: 'Video' } as const

/** What a file says, under its title; with `user` what the person wrote beside it. */
function block(topic: Topic, title: string, text: string, user?: string): string {
  const said = user ? ['User text:', user] : []
  return [`[${title}]`, ...said, topic === 'audio' ? 'Transcript:' : 'Description:', text].join('\n')
}

/** The text of a message as the model reads it: a transcript that stands for the text is not said twice. */
export function withUnderstood(text: string, understood: readonly Understood[]): string {
  const files = understood.flatMap(({ topic, text: words }) => (topic === 'link' ? [] : [{ topic, words }]))
  const links = understood.flatMap((u) => (u.topic === 'link' ? [u.text] : []))
  const spoken = files.flatMap((f) => (f.topic === 'audio' ? [f.words] : [])).join('\n')
  const own = spoken === text ? '' : text.trim()
  const [only] = files
  if (!only) return [text, ...links].filter(Boolean).join('\n\n')
  if (files.length === 1) return [block(only.topic, titles[only.topic], only.words, own), ...links].join('\n\n')
  const blocks = files.map(({ topic, words }, i) => {
    const alike = files.filter((f) => f.topic === topic)
    const nth = files.slice(0, i + 1).filter((f) => f.topic === topic).length
    return block(topic, alike.length > 1 ? `${titles[topic]} ${nth}/${alike.length}` : titles[topic], words)
  })
  return [...(own ? [`User text:\n${own}`] : []), ...blocks, ...links].join('\n\n')
}
