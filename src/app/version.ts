// What this program is; the build puts the real values in.
declare const OCLAW_VERSION: string | undefined
declare const OCLAW_COMMIT: string | undefined

/** The version, as `oclaw --version` prints it. */
export const version: string = typeof OCLAW_VERSION === 'string' ? OCLAW_VERSION : '0.0.0-dev'

/** The commit it was built from, when that is known. */
export const commit: string | undefined = typeof OCLAW_COMMIT === 'string' && OCLAW_COMMIT ? OCLAW_COMMIT : undefined
