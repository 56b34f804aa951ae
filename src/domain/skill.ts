// A skill: instructions an agent can pick up, what they need, and how that is installed.

/** Where skills come from, lowest precedence first: a skill of a later source hides one of the same name. */
export const skillSources = [
  'openclaw-extra',
  'openclaw-bundled',
  'openclaw-managed',
  'agents-skills-personal',
  'agents-skills-project',
  'openclaw-workspace',
] as const

export type SkillSource = (typeof skillSources)[number]

/** Whether agents write to a source themselves: its skills get no variable but those the config gives them. */
export const writtenByAgents = (source: SkillSource): boolean =>
  source === 'openclaw-workspace' || source === 'agents-skills-project'

/** A folder that holds skills, one folder each. */
export interface SkillRoot {
  readonly source: SkillSource
  readonly path: string
}

/** A skill's file as it is on the disk. `stamp` differs when anything in its folder does. */
export interface SkillFile {
  readonly source: SkillSource
  readonly path: string
  readonly text: string
  readonly stamp: string
}

/** What a skill needs before it can be used, or what of that is missing. */
export interface SkillNeeds {
  readonly bins: readonly string[]
  readonly anyBins: readonly string[]
  readonly env: readonly string[]
  readonly config: readonly string[]
  readonly os: readonly string[]
}

export const installKinds = ['brew', 'node', 'go', 'uv', 'download'] as const

/** One way to install what a skill needs. */
export interface SkillInstall {
  readonly id: string
  readonly kind: (typeof installKinds)[number]
  readonly label: string
  readonly bins: readonly string[]
  readonly os: readonly string[]
  readonly formula?: string | undefined
  readonly package?: string | undefined
  readonly module?: string | undefined
  readonly url?: string | undefined
  readonly archive?: string | undefined
  readonly extract?: boolean | undefined
  readonly stripComponents?: number | undefined
  readonly targetDir?: string | undefined
}

/** What a skill's file says of it. */
export interface SkillHead {
  readonly name: string
  readonly description: string
  readonly key: string
  readonly homepage?: string | undefined
  readonly emoji?: string | undefined
  readonly always: boolean
  readonly primaryEnv?: string | undefined
  /** Whether people may call it by `/skill`. */
  readonly invocable: boolean
  /** The tool its command goes to, past the model. */
  readonly tool?: string | undefined
  /** Whether the model is told of it. */
  readonly listed: boolean
  readonly needs: SkillNeeds
  readonly install: readonly SkillInstall[]
}

/** What a pinned skill may do, as it stood when it was pinned. */
export interface SkillPin {
  /** SHA-256 over the names and bytes of its files. */
  readonly hash: string
  readonly bins: readonly string[]
  readonly env: readonly string[]
  readonly config: readonly string[]
  readonly installs: readonly string[]
  /** Its files besides SKILL.md. */
  readonly files: readonly string[]
}

/** A skill, and whether it can be used now. */
export interface Skill extends SkillHead {
  readonly source: SkillSource
  readonly bundled: boolean
  readonly file: string
  readonly dir: string
  readonly disabled: boolean
  readonly blocked: boolean
  readonly eligible: boolean
  readonly missing: SkillNeeds
  /** Its files are others than those that were pinned; it rests until they are approved. */
  readonly changed: boolean
}

/** What the config says of one skill. */
export interface SkillSetting {
  readonly enabled: boolean
  /** Whether it has a key. */
  readonly keyed: boolean
  readonly env: readonly string[]
}

/** What the config says of skills. Counts, characters and bytes. */
export interface SkillRule {
  readonly roots: readonly SkillRoot[]
  readonly limits: {
    readonly candidates: number
    readonly perSource: number
    readonly inPrompt: number
    readonly promptChars: number
    readonly fileBytes: number
  }
  readonly allowBundled?: readonly string[] | undefined
  /** What the agent may use; undefined for everything. */
  readonly allow?: readonly string[] | undefined
  /** Whether skills are in the command menus of platforms. */
  readonly native: boolean
  setting(key: string): SkillSetting | undefined
  /** Whether a config path is there and not off. */
  truthy(path: string): boolean
  hasEnv(name: string): boolean
  /** The variables programs are given while these skills are at hand. */
  env(skills: readonly Pick<Skill, 'key' | 'needs' | 'primaryEnv' | 'source'>[]): Readonly<Record<string, string>>
}
