// Builds the Control UI into `dist/web`, which the executable carries inside: hashed, compressed, and listed.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { iconPng, iconSvg } from './icon.ts'

const types: Readonly<Record<string, string>> = {
  html: 'text/html;charset=utf-8',
  js: 'text/javascript;charset=utf-8',
  css: 'text/css;charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
}

const manifest = {
  name: 'oclaw',
  short_name: 'oclaw',
  description: 'The control plane of a personal AI assistant.',
  start_url: '.',
  scope: '.',
  display: 'standalone',
  background_color: '#ffffff',
  theme_color: '#175cd3',
  icons: [
    { src: 'icon.svg', type: 'image/svg+xml', sizes: 'any' },
    { src: 'icon-192.png', type: 'image/png', sizes: '192x192' },
    { src: 'icon-512.png', type: 'image/png', sizes: '512x512' },
    { src: 'icon-full.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
  ],
}

/** What the page says of its icons; the bundler would rename these files. */
const links = [
  '<link rel="manifest" href="./manifest.webmanifest" />',
  '<link rel="icon" href="./icon.svg" type="image/svg+xml" />',
  '<link rel="apple-touch-icon" href="./icon-full.png" />',
].join('')

/** Writes a file's compressed siblings, where they are worth it; answers their names. */
async function compressed(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const made = {
    br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    zst: Bun.zstdCompressSync(bytes, { level: 19 }),
  }
  const worth = Object.entries(made).filter(([, small]) => small.length < bytes.length * 0.95)
  for (const [ending, small] of worth) await Bun.write(`${path}.${ending}`, small)
  return worth.map(([ending]) => ending)
}

/** Compresses what was built, and writes the list of it that the server goes by. */
async function list(out: string): Promise<void> {
  const names = readdirSync(out, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => statSync(join(out, name)).isFile())
  const files: Record<string, object> = {}
  for (const name of names) {
    const path = join(out, name)
    const bytes = new Uint8Array(readFileSync(path))
    const ending = name.split('.').at(-1) ?? ''
    files[name] = {
      type: types[ending] ?? 'application/octet-stream',
      etag: `"${Bun.hash(bytes).toString(36)}"`,
      immutable: name.startsWith('assets/'),
      // The page gets its base path when it is served.
      encodings: ending === 'html' || ending === 'png' ? [] : await compressed(path, bytes),
    }
  }
  await Bun.write(join(out, 'files.json'), JSON.stringify(files))
}

/** Builds the page that shows A2UI, and what loads canvas pages anew: plain scripts, which run without an origin. */
async function buildA2ui(root: string, out: string): Promise<void> {
  const from = join(root, 'ui', 'a2ui')
  const built = await Bun.build({
    entrypoints: [join(from, 'a2ui.ts'), join(from, 'reload.ts')],
    outdir: out,
    naming: '[name].[ext]',
    minify: true,
    format: 'iife',
    throw: false,
  })
  if (!built.success) {
    for (const { message } of built.logs) process.stderr.write(`${message}\n`)
    process.exit(1)
  }
  await Bun.write(join(out, 'index.html'), readFileSync(join(from, 'index.html')))
}

/** Builds the UI; ends the program when it cannot be built. */
export async function buildUi(root: string): Promise<void> {
  const out = join(root, 'dist', 'web')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const built = await Bun.build({
    entrypoints: [join(root, 'ui', 'index.html')],
    outdir: out,
    minify: true,
    splitting: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    naming: { asset: 'assets/[name]-[hash].[ext]', chunk: 'assets/[name]-[hash].[ext]', entry: '[name].[ext]' },
    throw: false,
  })
  if (!built.success) {
    for (const { message } of built.logs) process.stderr.write(`${message}\n`)
    process.exit(1)
  }
  const page = join(out, 'index.html')
  await Bun.write(page, readFileSync(page, 'utf8').replace('</head>', `${links}</head>`))
  await Bun.write(join(out, 'manifest.webmanifest'), JSON.stringify(manifest))
  await Bun.write(join(out, 'icon.svg'), iconSvg())
  for (const size of [192, 512]) await Bun.write(join(out, `icon-${size}.png`), iconPng(size))
  await Bun.write(join(out, 'icon-full.png'), iconPng(512, true))
  await list(out)
  await buildA2ui(root, join(out, 'a2ui')) // after the list: it is served by itself
}

if (import.meta.main) await buildUi(join(import.meta.dir, '..'))
