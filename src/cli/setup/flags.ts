// Every step of the set-up by flag: what the original takes, and what it means here.
import { z } from 'zod'

const off = (about: string) => z.boolean().default(false).describe(about)
const given = (about: string) => z.string().min(1).optional().describe(about)

/** Key flags and the provider each is for. */
export const keyFlags = {
  anthropicApiKey: 'anthropic',
  openaiApiKey: 'openai',
  geminiApiKey: 'google',
  openrouterApiKey: 'openrouter',
  xaiApiKey: 'xai',
  zaiApiKey: 'zai',
  moonshotApiKey: 'moonshot',
  togetherApiKey: 'together',
} as const

/** The words of `--auth-choice` and the provider each means. */
export const authChoices: Readonly<Record<string, string>> = {
  apiKey: 'anthropic',
  'openai-api-key': 'openai',
  'gemini-api-key': 'google',
  'openrouter-api-key': 'openrouter',
  'xai-api-key': 'xai',
  'zai-api-key': 'zai',
  'moonshot-api-key': 'moonshot',
  'together-api-key': 'together',
  'custom-api-key': 'custom',
  vllm: 'vllm',
  skip: 'skip',
}

const key = (whose: string) => given(`key for ${whose}`)

export const setupFlags = z.strictObject({
  nonInteractive: off('ask nothing; flags and defaults decide'),
  acceptRisk: off('yes, an assistant that runs commands can do harm'),
  mode: z.enum(['local', 'remote']).optional().describe('run a gateway here, or use one elsewhere'),
  flow: z.enum(['quickstart', 'advanced', 'manual']).optional().describe('with usual settings, or every question'),
  reset: off('begin with an empty config; the old one is kept beside it'),
  import: z.boolean().optional().describe('take over sessions, jobs, people and devices the original left here'),
  workspace: given('the agent’s folder'),
  remoteUrl: given('the gateway elsewhere, ws:// or wss://'),
  remoteToken: given('its token'),
  authChoice: z
    .enum(Object.keys(authChoices) as [string, ...string[]])
    .optional()
    .describe('where models are'),
  anthropicApiKey: key('Anthropic'),
  openaiApiKey: key('OpenAI'),
  geminiApiKey: key('Google'),
  openrouterApiKey: key('OpenRouter'),
  xaiApiKey: key('xAI'),
  zaiApiKey: key('Z.AI'),
  moonshotApiKey: key('Moonshot'),
  togetherApiKey: key('Together'),
  model: given('the model, such as anthropic/claude-opus-4-6'),
  customBaseUrl: given('address of a server of your own'),
  customModelId: given('its model'),
  customApiKey: given('its key'),
  customProviderId: given('its name in the config'),
  customCompatibility: z.enum(['openai', 'anthropic']).default('openai').describe('the protocol it speaks'),
  gatewayPort: z.number().int().min(1).max(65_535).optional().describe('the port'),
  gatewayBind: z
    .enum(['loopback', 'lan', 'tailnet', 'auto', 'custom'])
    .optional()
    .describe('the addresses to listen on'),
  gatewayAuth: z.enum(['token', 'password']).optional().describe('how callers prove themselves'),
  gatewayToken: given('the token; one is made when left out'),
  gatewayPassword: given('the password'),
  tailscale: z.enum(['off', 'serve', 'funnel']).optional().describe('be reachable through Tailscale'),
  tailscaleResetOnExit: off('undo that at the end'),
  telegramBotToken: given('the token of a Telegram bot'),
  installDaemon: z.boolean().optional().describe('make it a service that starts at boot'),
  skipDaemon: off('neither start nor install it'),
  daemonRuntime: z.enum(['node', 'bun']).optional().describe('kept for older scripts; the program needs no runtime'),
  skipChannels: off('set no channels up'),
  skipSkills: off('kept for older scripts; does nothing'),
  skipHealth: off('do not ask the model and the gateway whether they answer'),
  skipUi: off('do not show the address of the Control UI'),
  nodeManager: z.enum(['npm', 'pnpm', 'bun']).optional().describe('kept for older scripts; does nothing'),
})

export type SetupFlags = z.output<typeof setupFlags>
