// The list of tools that work on the workspace or the outside world.
import { registry } from '../define/registry.ts'
import { edit } from './edit.ts'
import { exec } from './exec.ts'
import { applyPatch } from './patch.ts'
import { processTool } from './process.ts'
import { read } from './read.ts'
import { search } from './search.ts'
import { webFetch } from './web/fetch.ts'
import { webSearch } from './web/search.ts'
import { write } from './write.ts'

export const tools = registry('tool', [read, write, edit, applyPatch, search, exec, processTool, webSearch, webFetch])
