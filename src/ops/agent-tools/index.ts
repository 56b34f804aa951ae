// The tools that are the gateway itself: other sessions, chats, jobs, the config.
import type { AnyTool } from '../../define/tool.ts'
import type { Services } from '../services.ts'
import { browserTool } from './browser.ts'
import { imageTool } from './image.ts'
import { whatsappLogin } from './login.ts'
import { memoryTools } from './memory.ts'
import { messageTool } from './message.ts'
import { canvasTool, nodesTool } from './nodes.ts'
import { cronTool, gatewayTool } from './owner.ts'
import { sessionTools } from './sessions.ts'
import { subagentTools } from './subagents.ts'
import { ttsTool } from './tts.ts'

/** All of them; which an agent has is decided by its rule. */
export const agentTools = (s: Services): AnyTool[] => [
  messageTool(s),
  ...memoryTools(s),
  ...sessionTools(s),
  ...subagentTools(s),
  cronTool(s),
  gatewayTool(s),
  whatsappLogin(s),
  nodesTool(s),
  canvasTool(s),
  imageTool(s),
  ttsTool(s),
  browserTool(s),
]
