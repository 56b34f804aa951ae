// Colours code a little: words, texts, numbers and remarks of the languages people paste most.
import type { ComponentChildren } from 'preact'

const words = (text: string) => new Set(text.split(' '))

const cLike = words(
  'abstract as async await break case catch class const continue default defer def delete do else enum export extends extern false final finally fn for from func function go goto if impl implements import in instanceof int interface is let loop match mod mut namespace new nil null of override package private protected pub public return self static string struct super switch this throw throws trait true try type typeof undefined union unsafe use using val var virtual void when where while with yield',
)
const python = words(
  'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield',
)
const shell = words(
  'case do done elif else esac exit export fi for function if in local return set then until while cd echo sudo',
)
const sql = words(
  'add all alter and as asc between by case create cross delete desc distinct drop else end exists from full group having in index inner insert into is join key left like limit not null on or order outer primary references right select set table then union unique update values view when where with',
)

interface Language {
  readonly words: ReadonlySet<string>
  readonly remark: string
  readonly anyCase?: boolean
}

const slashes = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`
const hash = '#[^\\n]*'

function languageOf(name: string): Language | undefined {
  if (/^(py|python)$/.test(name)) return { words: python, remark: hash }
  if (/^(sh|bash|zsh|shell|console|fish)$/.test(name)) return { words: shell, remark: hash }
  if (/^(ya?ml|toml|ini|conf|dockerfile|makefile|rb|ruby|r|pl|perl)$/.test(name)) return { words: cLike, remark: hash }
  if (/sql/.test(name)) return { words: sql, remark: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`, anyCase: true }
  if (/^(html|xml|svg|vue)$/.test(name)) return { words: words(''), remark: String.raw`<!--[\s\S]*?(?:-->|$)` }
  if (/^(text|txt|plain|md|markdown|diff|)$/.test(name)) return undefined
  return { words: cLike, remark: slashes }
}

const quoted = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\`(?:[^\`\\]|\\.)*\`?`
const number = String.raw`\b(?:0x[\da-f_]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b`

/** Longest code that is coloured; longer code is shown plain. */
const maxLength = 20_000

const diffClass = (line: string) => (line.startsWith('+') ? 'text' : line.startsWith('-') ? 'gone' : undefined)

/** The code as text with its parts marked. */
export function highlight(code: string, name: string): ComponentChildren {
  if (code.length > maxLength) return code
  if (name === 'diff')
    return code.split(/(?<=\n)/).map((line, i) => (
      <span key={i} class={diffClass(line)}>
        {line}
      </span>
    ))
  const language = languageOf(name)
  if (!language) return code
  const pattern = new RegExp(`(${language.remark})|(${quoted})|(${number})|([A-Za-z_$][\\w$]*)`, 'gi')
  const out: ComponentChildren[] = []
  let at = 0
  for (const m of code.matchAll(pattern)) {
    const [whole, remark, text, digits, word] = m
    const known = word !== undefined && language.words.has(language.anyCase ? word.toLowerCase() : word)
    const kind = remark ? 'note' : text ? 'text' : digits ? 'number' : known ? 'word' : undefined
    if (!kind) continue
    if (m.index > at) out.push(code.slice(at, m.index))
    out.push(
      <span key={m.index} class={kind}>
        {whole}
      </span>,
    )
    at = m.index + whole.length
  }
  out.push(code.slice(at))
  return out
}
