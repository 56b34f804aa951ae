// What a person is told when the database fails.
import { Fault } from '../lib/fault.ts'

const sentences: readonly (readonly [RegExp, (path: string) => string])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    (path) => `${path} is in use by another program; end it (\`oclaw gateway stop\`) and try again`,
  ],
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    (path) => `the disk that holds ${path} is full; free some space and the gateway goes on by itself`,
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    (path) => `${path} is damaged; restore a copy (\`ls ${path}.backup-*\`) or move the file away to start anew`,
  ],
  [
    /^(SQLITE_READONLY|EACCES|EPERM|EROFS)/,
    (path) => `${path} is read-only; give its owner write access (\`chmod u+w\`)`,
  ],
  [
    /^SQLITE_(CANTOPEN|PERM|AUTH)/,
    (path) => `${path} cannot be opened; check that its folder exists and is yours (\`ls -ld\`)`,
  ],
  [/^(SQLITE_IOERR|EIO)/, (path) => `the disk that holds ${path} answers with errors; check it (\`dmesg\`)`],
]

/** An error of SQLite, or of the system on its log, as a Fault; anything else stays as it is. */
export function storeFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  const known = sentences.find(([pattern]) => pattern.test(code))
  if (!known) return error
  return new Fault('UNAVAILABLE', known[1](path), { cause: error, details: { sqlite: code } })
}
