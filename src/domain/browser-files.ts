// Which parts of a browser's answers are paths of files, and how they become paths elsewhere.

/** Bytes of files one answer of a node may carry: a message takes 25 MiB, and base64 a third more than the file. */
export const maxFilesBytes = 10_000_000

/** A path in an answer, and how to put another in its place. */
export interface FileField {
  readonly path: string
  replace(path: string): void
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

const textAt = (holder: unknown, name: string): FileField[] => {
  if (!isRecord(holder) || typeof holder[name] !== 'string') return []
  return [{ path: holder[name], replace: (path) => void (holder[name] = path) }]
}

/** The paths of files a control route's answer names: of pictures, PDFs and traces, of labelled snapshots, of downloads. */
export const fileFields = (answer: unknown): FileField[] => [
  ...textAt(answer, 'path'),
  ...textAt(answer, 'imagePath'),
  ...textAt(isRecord(answer) ? answer['download'] : undefined, 'path'),
]
