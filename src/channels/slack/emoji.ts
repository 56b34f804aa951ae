// Emoji by the names Slack calls them; what is not in the table passes as it is, since workspaces have their own.

const table =
  '👍 +1 👎 -1 ❤️ heart 🔥 fire 👏 clap 😀 grinning 😁 grin 😂 joy 🤣 rolling_on_the_floor_laughing 🙂 slightly_smiling_face ' +
  '😊 blush 😍 heart_eyes 🤔 thinking_face 🤯 exploding_head 😱 scream 😢 cry 😭 sob 😡 rage 😎 sunglasses 😴 sleeping ' +
  '🤩 star-struck 🥰 smiling_face_with_3_hearts 🥱 yawning_face 😐 neutral_face 🙄 face_with_rolling_eyes 😅 sweat_smile ' +
  '🤷 shrug 🤦 face_palm 🙏 pray 🙌 raised_hands 👋 wave 👌 ok_hand ✌️ v 🤝 handshake 💪 muscle 👀 eyes 🧠 brain ' +
  '🎉 tada 🎊 confetti_ball 🎁 gift 🏆 trophy 🥇 first_place_medal ⭐ star ✨ sparkles 💯 100 ⚡ zap 💥 boom 🚀 rocket ' +
  '✅ white_check_mark ☑️ ballot_box_with_check ✔️ heavy_check_mark ❌ x ❎ negative_squared_cross_mark ❓ question ' +
  '❗ exclamation ⚠️ warning 🚫 no_entry_sign ⛔ no_entry 🛑 octagonal_sign 🔴 red_circle 🟢 large_green_circle ' +
  '🟡 large_yellow_circle 🔵 large_blue_circle ⏳ hourglass_flowing_sand ⌛ hourglass ⏰ alarm_clock 🕐 clock1 ⏸️ double_vertical_bar ' +
  '▶️ arrow_forward 🔁 repeat 🔄 arrows_counterclockwise ➕ heavy_plus_sign ➖ heavy_minus_sign ⬆️ arrow_up ⬇️ arrow_down ' +
  '➡️ arrow_right ⬅️ arrow_left 🔒 lock 🔓 unlock 🔑 key 🔔 bell 🔕 no_bell 📌 pushpin 📎 paperclip 🔗 link 📝 memo ' +
  '✏️ pencil2 ✍️ writing_hand 📖 book 📚 books 📅 date 📈 chart_with_upwards_trend 📉 chart_with_downwards_trend 📊 bar_chart 📁 file_folder ' +
  '📷 camera 🎤 microphone 🎧 headphones 🎵 musical_note 📞 telephone_receiver 💻 computer ⚙️ gear 🔧 wrench 🔨 hammer ' +
  '🛠️ hammer_and_wrench 🧪 test_tube 🐛 bug 🦞 lobster 🤖 robot_face 👻 ghost 💀 skull 💩 hankey 🐱 cat 🐶 dog 🦄 unicorn_face ' +
  '🌍 earth_africa ☀️ sunny 🌙 crescent_moon ☁️ cloud 🌈 rainbow ❄️ snowflake ☕ coffee 🍺 beer 🍕 pizza 🍰 cake 💡 bulb ' +
  '💬 speech_balloon 💭 thought_balloon 💔 broken_heart 💙 blue_heart 💚 green_heart 💛 yellow_heart 💜 purple_heart 🖤 black_heart ' +
  '🧡 orange_heart 🫡 saluting_face 🥳 partying_face 😇 innocent 😈 smiling_imp 🤓 nerd_face 🤗 hugging_face 🤞 crossed_fingers 🗑️ wastebasket'

const bare = (emoji: string) => emoji.replaceAll('\uFE0F', '')
const words = table.split(' ')
const pairs = Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i] ?? '', words[2 * i + 1] ?? ''] as const)
const names = new Map(pairs.map(([emoji, name]) => [bare(emoji), name]))
const emojis = new Map([
  ...pairs.map(([emoji, name]) => [name, emoji] as const),
  ['thumbsup', '👍'] as const,
  ['thumbsdown', '👎'] as const,
])

const tones = ['🏻', '🏼', '🏽', '🏾', '🏿']

/** The name Slack knows an emoji by, such as `+1` or `wave::skin-tone-3`; names, in colons or not, stay what they are. */
export function emojiName(emoji: string): string {
  const given = emoji.trim().replace(/^:(.+):$/, '$1')
  const tone = tones.findIndex((t) => given.endsWith(t))
  const name = names.get(bare(tone < 0 ? given : given.slice(0, -2)))
  if (name === undefined) return given
  return tone < 0 ? name : `${name}::skin-tone-${tone + 2}`
}

/** The emoji of a name of Slack's, or the name in colons. */
export function emojiOf(name: string): string {
  const [base = '', tone] = name.split('::skin-tone-')
  const found = emojis.get(base)
  return found === undefined ? `:${name}:` : found + (tone ? (tones[Number(tone) - 2] ?? '') : '')
}
