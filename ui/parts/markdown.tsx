// Markdown as elements: marked cuts the text into tokens, and every token becomes an element here. No markup is ever parsed.
import type { ComponentChildren } from 'preact'
import { memo } from './memo.ts'
import { Marked, type MarkedToken, type Token, type Tokens } from 'marked'
import { CopyButton } from './code.tsx'
import { highlight } from './highlight.tsx'
import { t } from '../words.ts'

const parser = new Marked({ gfm: true, breaks: true })
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }
const plain = (text: string) => text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => named[name] ?? _)

/** Whether an address may be followed: the web, mail and telephone; never a script. */
export const safeLink = (href: string): boolean => /^(https?:|mailto:|tel:)/i.test(href.trim())

const all = (tokens: readonly Token[] | undefined): ComponentChildren =>
  (tokens as readonly MarkedToken[] | undefined)?.map((token, i) => <One key={i} token={token} />)

const Outside = ({ href, children }: { readonly href: string; readonly children: ComponentChildren }) =>
  safeLink(href) ? (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  )

/** A block of code with its language and a button that copies it. */
export const CodeBlock = memo(({ code, language }: { readonly code: string; readonly language: string }) => (
  <figure class="code">
    <figcaption>
      <span>{language || t('code')}</span>
      <CopyButton text={code} label={t('code.copy')} />
    </figcaption>
    {/* Code wider than the page scrolls, by keyboard too. */}
    {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
    <pre tabIndex={0}>
      <code>{highlight(code, language.toLowerCase())}</code>
    </pre>
  </figure>
))

function Table({ token }: { readonly token: Tokens.Table }) {
  const cell = (Tag: 'th' | 'td') => (c: Tokens.TableCell, i: number) => (
    <Tag key={i} style={c.align ? { textAlign: c.align } : {}}>
      {all(c.tokens)}
    </Tag>
  )
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>{token.header.map(cell('th'))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, i) => (
            <tr key={i}>{row.map(cell('td'))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function List({ token }: { readonly token: Tokens.List }) {
  const items = token.items.map((item, i) => (
    <li key={i} class={item.task ? 'task' : undefined}>
      {item.task ? <span aria-hidden="true">{item.checked ? '☑ ' : '☐ '}</span> : null}
      {all(item.tokens.filter((x) => x.type !== 'checkbox'))}
    </li>
  ))
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>
}

function One({ token }: { readonly token: MarkedToken }): ComponentChildren {
  switch (token.type) {
    case 'heading': {
      // The page has its own first two levels.
      const Tag = `h${Math.min(6, token.depth + 2)}` as 'h3'
      return <Tag>{all(token.tokens)}</Tag>
    }
    case 'paragraph':
      return <p>{all(token.tokens)}</p>
    case 'code':
      return <CodeBlock code={token.text} language={(token.lang ?? '').split(/\s/)[0] ?? ''} />
    case 'blockquote':
      return <blockquote>{all(token.tokens)}</blockquote>
    case 'list':
      return <List token={token} />
    case 'table':
      return <Table token={token} />
    case 'hr':
      return <hr />
    case 'strong':
      return <strong>{all(token.tokens)}</strong>
    case 'em':
      return <em>{all(token.tokens)}</em>
    case 'del':
      return <del>{all(token.tokens)}</del>
    case 'codespan':
      return <code>{token.text}</code>
    case 'br':
      return <br />
    case 'link':
      return <Outside href={token.href}>{all(token.tokens)}</Outside>
    case 'image':
      // A picture from elsewhere would tell its owner who reads here: it is a link instead.
      return <Outside href={token.href}>{token.text || token.href}</Outside>
    case 'text':
      return token.tokens ? all(token.tokens) : plain(token.text)
    case 'escape':
      return plain(token.text)
    case 'space':
    case 'def':
      return null
    default:
      return token.raw
  }
}

/** One block, made anew only when its text changes: the end of a growing answer is all that is redone. */
const Block = memo(
  ({ token }: { readonly token: MarkedToken }) => <One token={token} />,
  (a, b) => a.token.raw === b.token.raw,
)

/** A text in Markdown. */
export const Markdown = memo(({ text }: { readonly text: string }) => (
  <div class="markdown">
    {(parser.lexer(text) as MarkedToken[]).map((token, i) => (
      <Block key={i} token={token} />
    ))}
  </div>
))
