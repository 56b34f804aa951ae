// The `sandbox` fields of agents: the container their tools run in.
import { z } from 'zod'
import { byName, flag, group, int, intOr, no, num, text, textList, textOr, texts, wordOr, yes } from '../fields.ts'

const limit = z.union([
  z.string(),
  z.number(),
  z.strictObject({ soft: int(0, 'soft limit'), hard: int(0, 'hard limit') }),
])
const size = (about: string) => z.union([z.string(), z.number()]).optional().describe(about)

/** Folders and sockets of the host that lead out of any container. */
const leadsOut =
  /^(|\/(boot|dev|etc|proc|root|run|sys|usr|var|var\/run|lib|bin|sbin|home)?|(\/.*)?\/[^/]*(docker|containerd|podman|crio)[^/]*\.sock)$/

const bind = z.string().refine((text) => {
  const source = (text.split(':')[0] ?? '').replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1')
  return source.startsWith('/') && !/(^|\/)\.\.?(\/|$)/.test(source) && !leadsOut.test(source)
}, 'must name a folder of the host in full, and none that leads out of the container')

const apart = z
  .string()
  .refine((name) => !/^(host$|container:)/i.test(name.trim()), 'may not be that of the host or of another container')
const confined = z
  .string()
  .refine((name) => name.trim().toLowerCase() !== 'unconfined', 'unconfined lets a container do anything')

/** Where tools run: on the host or in a container. */
export const sandbox = group('the container tools run in', {
  mode: wordOr('off', ['off', 'non-main', 'all'], 'which sessions run in one'),
  workspaceAccess: wordOr('none', ['none', 'ro', 'rw'], 'what it sees of the workspace'),
  sessionToolsVisibility: wordOr('spawned', ['spawned', 'all'], 'which sessions its agent sees'),
  scope: wordOr('agent', ['session', 'agent', 'shared'], 'who shares a container'),
  perSession: flag('older word for scope session'),
  workspaceRoot: textOr('~/.openclaw/sandboxes', 'folder of its workspaces'),
  docker: group('the container', {
    image: textOr('openclaw-sandbox:bookworm-slim', 'image'),
    containerPrefix: textOr('openclaw-sbx-', 'how container names begin'),
    workdir: textOr('/workspace', 'folder the workspace is at'),
    readOnlyRoot: yes('nothing else can be written'),
    tmpfs: textList('folders in memory', ['/tmp', '/var/tmp', '/run']),
    network: apart.default('none').describe('network'),
    user: text('user it runs as'),
    capDrop: textList('capabilities taken away', ['ALL']),
    env: z.record(z.string(), z.string()).default({ LANG: 'C.UTF-8' }).describe('environment'),
    setupCommand: text('command run once when it is made'),
    pidsLimit: int(1, 'most processes'),
    memory: size('memory, such as 512m'),
    memorySwap: size('memory and swap'),
    cpus: num(0.01, 'processors'),
    ulimits: byName('ulimits by name', limit),
    seccompProfile: confined.optional().describe('seccomp profile'),
    apparmorProfile: confined.optional().describe('AppArmor profile'),
    dns: texts('name servers'),
    extraHosts: texts('further host names, name:address'),
    binds: z.array(bind).optional().describe('folders of the host it sees, host:container[:ro]'),
  }),
  browser: group('a browser in a container of its own', {
    enabled: no('whether there is one'),
    image: textOr('openclaw-sandbox-browser:bookworm-slim', 'image'),
    containerPrefix: textOr('openclaw-sbx-browser-', 'how container names begin'),
    cdpPort: intOr(9222, 1, 'port of its debugger'),
    vncPort: intOr(5900, 1, 'port of its screen'),
    noVncPort: intOr(6080, 1, 'port of its screen as a web page'),
    headless: no('without a screen'),
    enableNoVnc: yes('show the screen as a web page'),
    allowHostControl: no('let sandboxed agents use the browser of the host'),
    autoStart: yes('start it when needed'),
    autoStartTimeoutMs: intOr(12_000, 1, 'longest start, in ms'),
    binds: z.array(bind).optional().describe('folders of the host it sees'),
  }),
  prune: group('when unused containers go', {
    idleHours: intOr(24, 0, 'hours without use'),
    maxAgeDays: intOr(7, 0, 'days since it was made'),
  }),
})
