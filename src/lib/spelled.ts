// The key of a setting as people read it.

/** Abbreviations that stay in capitals. */
const capitals =
  /\b(ai|api|aws|cdp|cli|cpu|db|dm|dns|fs|gif|html|http|id|irc|json|lan|mcp|mdns|mmr|pdf|sdk|sms|sse|ssh|ssrf|tls|ttl|tts|ui|url|usd|vnc)(s?)\b/g

/** A key as words: `allowFrom` is `Allow from`, and `baseUrl` is `Base URL`. */
export function spelled(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(capitals, (_, name: string, more: string) => name.toUpperCase() + more)
  return words.charAt(0).toUpperCase() + words.slice(1)
}
