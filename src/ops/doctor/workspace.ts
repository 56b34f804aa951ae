// An agent's folder, made ready before the first message.
import { startWorkspace } from '../../engine/prompt/workspace.ts'
import { makeDir, readText, saveText } from '../../os/files.ts'

/** Makes the folder, and puts the files into it that an agent begins with; files that are there stay. */
export async function prepareWorkspace(folder: string): Promise<void> {
  await makeDir(folder)
  await startWorkspace({ readText, saveText }, folder)
}
