// The sections of the prompt about where a turn takes place: other models, a sandbox, replies and reactions in its chat.
import type { BoxRule } from '../tools/rule.ts'
import type { ModelChoice } from '../talk-rule.ts'

/** The names under which models may be asked for; empty when there are none. */
export function aliasSection(choices: readonly ModelChoice[]): string {
  const named = choices.flatMap(({ ref, alias }) => (alias === undefined ? [] : [`- ${alias}: ${ref}`]))
  if (!named.length) return ''
  return `# Model aliases\n\nWhere a model is to be named, prefer these:\n\n${named.join('\n')}`
}

/** What a session that is kept apart has of the machine; empty for one that is not. */
export function boxSection(box: BoxRule | undefined): string {
  if (!box) return ''
  const files = box.folder
    ? `Your tools see the folder ${box.folder} and not your workspace; relative paths mean files in that folder.`
    : box.readOnly
      ? 'Your tools can read your workspace and cannot change it.'
      : 'Your tools can read and change your workspace, and nothing else of this machine.'
  return `# Sandbox\n\nThis session is kept apart from the machine. ${files} Some tools may be missing here. When something needs more than that, say so instead of looking for a way around.`
}

/** How an answer is made a reply. */
export const replySection =
  '# Reply tags\n\nTo make your answer a reply, begin it with [[reply_to_current]]; it then answers the message that was said to you. [[reply_to:<id>]] answers another message, by an id that was shown to you. Tags are taken out before sending.'

/** How freely the agent reacts to messages; empty where it does not. */
export function reactionSection(channel: string, level: 'off' | 'ack' | 'minimal' | 'extensive' | undefined): string {
  const how = {
    minimal:
      'sparingly: when a word of thanks, an important request or a joke calls for it, and to at most one in five to ten messages. Not to routine ones, nor to your own.',
    extensive: 'freely: to what moves, amuses or pleases you, as a friend would, also in the place of a short answer.',
  }[level as 'minimal']
  if (how === undefined) return ''
  return `# Reactions\n\nOn ${channel} you can react to messages with an emoji (message tool, action react, with the message_id that stands before a message). Do it ${how}`
}
