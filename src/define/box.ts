// A place where programs are kept apart from the machine: what they may see and use.

/** The container, as `agents.defaults.sandbox.docker` has it. */
export interface ContainerRule {
  readonly image: string
  readonly containerPrefix: string
  readonly workdir: string
  readonly readOnlyRoot: boolean
  readonly tmpfs: readonly string[]
  readonly network: string
  readonly user?: string | undefined
  readonly capDrop: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly setupCommand?: string | undefined
  readonly pidsLimit?: number | undefined
  readonly memory?: string | number | undefined
  readonly memorySwap?: string | number | undefined
  readonly cpus?: number | undefined
  readonly ulimits: Readonly<Record<string, string | number | { readonly soft: number; readonly hard: number }>>
  readonly seccompProfile?: string | undefined
  readonly apparmorProfile?: string | undefined
  readonly dns?: readonly string[] | undefined
  readonly extraHosts?: readonly string[] | undefined
  readonly binds?: readonly string[] | undefined
}

/** One place to run programs in. */
export interface BoxSpec {
  /** Who shares it: letters, digits and dashes. */
  readonly name: string
  /** The folder of the host that is `container.workdir` inside. */
  readonly folder: string
  readonly readOnly: boolean
  readonly container: ContainerRule
}

/** A program to run in it; `cwd` is a folder of the host. */
export interface BoxRun {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly pty: boolean
  /** Longest run, in seconds. */
  readonly seconds: number
}

/** The program that the host runs instead. */
export interface Boxed {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A container as `sandbox list` shows it. */
export interface Container {
  readonly name: string
  readonly image: string
  readonly running: boolean
  readonly status: string
  readonly hash: string
  /** When it was made, in ms; undefined when that cannot be read. */
  readonly createdAt: number | undefined
}

/** How long containers are kept, in ms; 0 for as long as it takes. */
export interface ContainerAge {
  /** Without use. */
  readonly idleMs: number
  /** Since it was made. */
  readonly maxMs: number
}
