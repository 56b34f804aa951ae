// The skills that come with the program, by name.
import healthcheck from './healthcheck.md' with { type: 'text' }
import skillCreator from './skill-creator.md' with { type: 'text' }
import tmux from './tmux.md' with { type: 'text' }
import weather from './weather.md' with { type: 'text' }
import type { SkillFile } from '../../../domain/skill.ts'

/** Where a built-in skill is read: no file on the disk, but `read` knows it. */
const builtinPath = (name: string): string => `builtin:${name}/SKILL.md`

const texts = { healthcheck, 'skill-creator': skillCreator, tmux, weather }

/** The built-in skills as files. */
export const builtinSkills: readonly SkillFile[] = Object.entries(texts).map(([name, text]) => ({
  source: 'openclaw-bundled',
  path: builtinPath(name),
  text,
  stamp: '',
}))
