// Optional parts of SDKs that are left out of the executable.

const left = [
  'sharp',
  'jimp',
  'link-preview-js',
  'audio-decode',
  'zlib-sync',
  'qrcode-terminal',
  'chromium-bidi',
  '@puppeteer/browsers',
]

/** What tells `bun build` to leave them out. */
export const externals: readonly string[] = left.flatMap((name) => ['--external', name])
