// The list of protocols models are reached by.
import { registry } from '../define/registry.ts'
import { anthropicMessages } from './anthropic/index.ts'
import { demo } from './demo.ts'
import { openaiCompletions } from './openai/completions.ts'
import { openaiResponses } from './openai/responses.ts'
import { program } from './program/index.ts'

export const providers = registry('provider', [anthropicMessages, openaiResponses, openaiCompletions, program, demo])
