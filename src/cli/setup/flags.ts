// Every step of the set-up by flag: what the original takes, and what it means here.
import { z } from 'zod'

const off = (about: string) => z.boolean().default(false).describe(about)
const given = (about: string) => z.string().min(1).optional().describe(about)

/** Key flags, the provider each is for, and whose key it is. */
export const keyFlags = {
  anthropicApiKey: ['anthropic', 'Anthropic'],
  openaiApiKey: ['openai', 'OpenAI'],
  geminiApiKey: ['google', 'Google'],
  openrouterApiKey: ['openrouter', 'OpenRouter'],
  xaiApiKey: ['xai', 'xAI'],
  zaiApiKey: ['zai', 'Z.AI'],
  moonshotApiKey: ['moonshot', 'Moonshot'],
  kimiCodeApiKey: ['kimi-coding', 'Kimi Code'],
  togetherApiKey: ['together', 'Together'],
  minimaxApiKey: ['minimax', 'MiniMax'],
  xiaomiApiKey: ['xiaomi', 'Xiaomi'],
  syntheticApiKey: ['synthetic', 'Synthetic'],
  veniceApiKey: ['venice', 'Venice'],
  qianfanApiKey: ['qianfan', 'Qianfan'],
  huggingfaceApiKey: ['huggingface', 'Hugging Face'],
  opencodeZenApiKey: ['opencode', 'OpenCode Zen'],
  litellmApiKey: ['litellm', 'LiteLLM'],
  aiGatewayApiKey: ['vercel-ai-gateway', 'Vercel AI Gateway'],
} as const
export type KeyFlag = keyof typeof keyFlags

/** What a word of `--auth-choice` means: a provider, and where it is when that is not the usual place. */
export interface AuthChoice {
  readonly provider: string
  readonly baseUrl?: string
  readonly model?: string
}

/** The words of `--auth-choice`; the first one of a provider is the one that is shown. */
export const authChoices: Readonly<Record<string, AuthChoice>> = {
  apiKey: { provider: 'anthropic' },
  'openai-api-key': { provider: 'openai' },
  'gemini-api-key': { provider: 'google' },
  'openrouter-api-key': { provider: 'openrouter' },
  'xai-api-key': { provider: 'xai' },
  'zai-api-key': { provider: 'zai' },
  'zai-global': { provider: 'zai', baseUrl: 'https://api.z.ai/api/paas/v4' },
  'zai-cn': { provider: 'zai', baseUrl: 'https://open.bigmodel.cn/api/paas/v4' },
  'zai-coding-global': { provider: 'zai', baseUrl: 'https://api.z.ai/api/coding/paas/v4' },
  'zai-coding-cn': { provider: 'zai', baseUrl: 'https://open.bigmodel.cn/api/coding/paas/v4' },
  'moonshot-api-key': { provider: 'moonshot' },
  'moonshot-api-key-cn': { provider: 'moonshot', baseUrl: 'https://api.moonshot.cn/v1' },
  'kimi-code-api-key': { provider: 'kimi-coding' },
  'together-api-key': { provider: 'together' },
  'minimax-api': { provider: 'minimax' },
  'minimax-api-key-cn': { provider: 'minimax', baseUrl: 'https://api.minimaxi.com/anthropic' },
  'minimax-api-lightning': { provider: 'minimax', model: 'MiniMax-M2.5-Lightning' },
  'xiaomi-api-key': { provider: 'xiaomi' },
  'synthetic-api-key': { provider: 'synthetic' },
  'venice-api-key': { provider: 'venice' },
  'qianfan-api-key': { provider: 'qianfan' },
  'huggingface-api-key': { provider: 'huggingface' },
  'opencode-zen': { provider: 'opencode' },
  'litellm-api-key': { provider: 'litellm' },
  'ai-gateway-api-key': { provider: 'vercel-ai-gateway' },
  'cloudflare-ai-gateway-api-key': { provider: 'cloudflare-ai-gateway' },
  token: { provider: 'token' },
  'custom-api-key': { provider: 'custom' },
  vllm: { provider: 'vllm' },
  skip: { provider: 'skip' },
}

const key = (whose: string) => given(`key for ${whose}`)
const keys = Object.fromEntries(Object.entries(keyFlags).map(([flag, [, whose]]) => [flag, key(whose)])) as Record<
  KeyFlag,
  ReturnType<typeof key>
>

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
  ...keys,
  cloudflareAiGatewayApiKey: key('Anthropic, used through Cloudflare AI Gateway'),
  cloudflareAiGatewayAccountId: given('the account at Cloudflare'),
  cloudflareAiGatewayGatewayId: given('the gateway of that account'),
  token: given('a token to log in with, instead of a key'),
  tokenProvider: given('the provider it is for; anthropic when left out'),
  tokenProfileId: given('the name of that login; <provider>:manual when left out'),
  tokenExpiresIn: given('how long it is good, such as 30d or 12h'),
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
  webSearch: z
    .enum(['off', 'brave', 'perplexity', 'grok', 'searxng'])
    .optional()
    .describe('who searches the web for the assistant'),
  webSearchKey: given('the key for that'),
  webSearchUrl: given('the address of SearXNG'),
  webFetch: z.boolean().optional().describe('let the assistant read web pages'),
  installDaemon: z.boolean().optional().describe('make it a service that starts at boot'),
  skipDaemon: off('neither start nor install it'),
  daemonRuntime: z.enum(['node', 'bun']).optional().describe('kept for older scripts; the program needs no runtime'),
  skipChannels: off('set no channels up'),
  skipSkills: off('do not look at what skills need'),
  skipHealth: off('do not ask the model and the gateway whether they answer'),
  skipUi: off('do not show the address of the Control UI'),
  nodeManager: z.enum(['npm', 'pnpm', 'bun']).optional().describe('what skills are installed with that need it'),
})

export type SetupFlags = z.output<typeof setupFlags>
