// What the engine's parts share: the store, the clock, the news, and the ways to the outside.
import type { Clock } from '../lib/clock.ts'
import type { Bus } from '../lib/bus.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import type { Address } from '../domain/address.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { MediaRef } from '../domain/media.ts'
import type { MemoryFile } from '../domain/memory.ts'
import type { SkillFile, SkillRoot } from '../domain/skill.ts'
import type { Boxed, BoxRun, BoxSpec, Container, ContainerAge, ContainerRule } from '../define/box.ts'
import type { Connection } from '../define/channel.ts'
import type { AnyTool, Background, BackgroundStart, ExecWays, MediaStore, NodeRun, Spawn } from '../define/tool.ts'
import type { Db } from '../store/db.ts'
import type { OutboxRow } from '../store/outbox.ts'
import type { EngineSettings } from './settings.ts'

/** A picture's bytes and what they are. */
interface Loose {
  readonly mime: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The ways out of the process that tools and providers use. */
export interface Outside {
  /** Fetch with SSRF, size and time limits, for what a model asks for. */
  guardedFetch(how?: { readonly timeoutMs: number; readonly maxRedirects: number }): typeof globalThis.fetch
  /** The same for larger files, which may take longer. */
  readonly download: typeof globalThis.fetch
  /** Whether an address leads into the public internet, for programs that go there by themselves. Throws FORBIDDEN or NOT_FOUND. */
  publicUrl(url: string, signal: AbortSignal): Promise<void>
  /** Fetch to configured servers. */
  readonly fetch: typeof globalThis.fetch
  readonly spawn: Spawn
  /** Starts a program that runs on its own. */
  readonly background: (how: BackgroundStart) => Background
  readonly childEnv: Readonly<Record<string, string>>
  readonly media: MediaStore
  /** Pictures with no side longer than so many pixels, and at most 5 MB in base64. They throw NOT_FOUND, or what is wrong. */
  readonly pictures: {
    fitted(picture: Loose, side: number): Promise<Loose>
    stored(ref: MediaRef, side: number): Promise<Loose>
  }
  /** What runs a program where it is kept apart. Throws UNAVAILABLE with what to install. */
  boxed(spec: BoxSpec, run: BoxRun): Promise<Boxed>
  /** What keeps programs apart here, by name, or why nothing does; and the containers there are. */
  readonly boxes: {
    kind(rule: ContainerRule): Promise<string>
    list(): Promise<readonly Container[]>
    prune(age: ContainerAge): Promise<readonly string[]>
    remove(names: readonly string[]): Promise<void>
  }
  /** The absolute path of a program as it would be run from `cwd`, by `path` when given; undefined when it is not there. */
  which(program: string, cwd: string, path?: string): string | undefined
  /** What the scripts a command names come to, from `cwd`: one that changes comes to something else. */
  codeHash(words: readonly string[], cwd: string): Promise<string>
  /** Reads a text file, or undefined when there is none. */
  readText(path: string): Promise<string | undefined>
  /** The text files below a folder whose paths fit a pattern (`*`, `**`), by their paths in it; none that lies elsewhere by a link. */
  textsLike(root: string, pattern: string): Promise<readonly { readonly path: string; readonly text: string }[]>
  /** Reads a file inside `root`; throws when it lies outside, links out, or is not there. */
  readFile(
    path: string,
    root: string,
  ): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string; readonly mime: string }>
  /** Writes bytes to a file for a program, in a folder of its own that goes when it is disposed of. */
  temporaryFile(
    name: string,
    bytes: Uint8Array,
  ): Promise<{ readonly path: string; readonly dir: string } & AsyncDisposable>
  /** Writes a text file, making its folder. */
  saveText(path: string, text: string): Promise<void>
  /** Adds a line to a file that only its owner can read, making its folder. */
  appendLine(path: string, line: string): Promise<void>
  /** The skills below some folders, or what else has a file of this name; nothing of them is run. */
  skillFiles(
    roots: readonly SkillRoot[],
    limits: { readonly candidates: number; readonly perSource: number; readonly fileBytes: number },
    file?: string,
  ): SkillFile[]
  /** What the files of a skill's folder come to, and their names. */
  skillHash(dir: string): { readonly hash: string; readonly files: readonly string[] }
  /** The notes of a workspace, and of further files and folders. */
  memoryFiles(workspace: string, extraPaths: readonly string[]): MemoryFile[]
  exists(path: string): boolean
  /** The operating system, as skills name it: `linux`, `darwin`, `win32`. */
  readonly platform: string
  /** Makes sure a folder is there. */
  makeDir(path: string): Promise<void>
}

/** Other machines that run programs for an agent. */
export interface NodePrograms {
  /** A connected node that runs programs, by its id or name; the only one when none is named. Throws with a sentence. */
  find: ExecWays['findNode']
  run(
    id: string,
    run: NodeRun & { readonly agent: string; readonly session: string },
    signal: AbortSignal,
  ): ReturnType<ExecWays['onNode']>
}

/** What every part of the engine is given. */
export interface World {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly news: Bus<GatewayEvent>
  readonly scope: Scope
  readonly settings: EngineSettings
  readonly outside: Outside
  readonly nodes: NodePrograms
  /** Tools by name: those of the workspace and those of the gateway. */
  tools(): readonly AnyTool[]
  /** Resolves when tools that come from elsewhere are there, as far as they can be. */
  prepareTools(): Promise<void>
  /** Tells delivery of pieces that were just added; they go out once they are durable. */
  outgoing(rows: readonly OutboxRow[]): void
  /** The running connection of an address, if it is up. */
  connection(at: Pick<Address, 'channel' | 'account'>): Connection | undefined
}
