// How A2UI looks here: plain, with the colours of the system.
import type { Types } from '@a2ui/lit/v0_8'

const none = {}
const field = { container: none, element: none, label: none }
const elements = [
  'a',
  'audio',
  'body',
  'button',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'iframe',
  'input',
  'p',
  'pre',
  'textarea',
  'video',
]
const marks = ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'ul', 'ol', 'li', 'a', 'strong', 'em']

const box = { padding: '12px', border: '1px solid var(--line)', borderRadius: '12px' }
const control = { padding: '8px 14px', borderRadius: '8px', border: '1px solid var(--line)', font: 'inherit' }

export const theme = {
  components: {
    AudioPlayer: none,
    Button: none,
    Card: none,
    Column: none,
    CheckBox: field,
    DateTimeInput: field,
    Divider: none,
    Image: {
      all: none,
      icon: none,
      avatar: none,
      smallFeature: none,
      mediumFeature: none,
      largeFeature: none,
      header: none,
    },
    Icon: none,
    List: none,
    Modal: { backdrop: none, element: none },
    MultipleChoice: field,
    Row: none,
    Slider: field,
    Tabs: { container: none, element: none, controls: { all: none, selected: none } },
    Text: { all: none, h1: none, h2: none, h3: none, h4: none, h5: none, caption: none, body: none },
    TextField: field,
    Video: none,
  },
  elements: Object.fromEntries(elements.map((name) => [name, none])),
  markdown: Object.fromEntries(marks.map((name) => [name, []])),
  additionalStyles: { Card: box, Button: { ...control, background: 'var(--accent)', color: 'var(--on-accent)' } },
} as unknown as Types.Theme
