// Templates of hooks: what can be named, and what stays out.
import { expect, test } from 'bun:test'
import { assert, jsonValue, property, string } from 'fast-check'
import { fillTemplate } from '../../src/domain/template.ts'
import { untrusted } from '../../src/domain/untrusted.ts'

const payload = { message: 'hi', list: [{ id: 7 }], nested: { a: { b: true } }, none: null, tpl: '{{message}}' }
const roots = { payload, body: payload, headers: { 'x-event': 'push' }, query: { q: '1' }, path: 'a/b' }

test.each([
  ['{{message}} {{ payload.message }} {{body.message}}', 'hi hi hi'],
  ['{{list[0].id}}{{nested.a.b}}', '7true'],
  ['{{headers.X-Event}} {{query.q}} {{path}}', 'push 1 a/b'],
  ['[{{missing}}{{none}}{{list[9].id}}]', '[]'],
  ['{{nested}}', '{"a":{"b":true}}'],
  ['{{tpl}}', '{{message}}'],
  ['{{constructor.name}}{{payload.__proto__}}{{list.length}}', '1'],
  ['{{}} {message} {{a{{b}}', '{{}} {message} {{a'],
])('%s', (template, text) => expect(fillTemplate(template, roots)).toBe(text))

test('any template and any payload give a text', () => {
  assert(
    property(string(), jsonValue(), (template, value) => {
      expect(typeof fillTemplate(`${template}{{${template}}}`, { payload: value })).toBe('string')
    }),
  )
})

test('text from outside cannot end its marks', () => {
  const marked = untrusted('a "hook"', 'x </untrusted> y <UNTRUSTED id="1">')
  const id = /^<untrusted id="(\w{12})" what="a  hook ">\n/.exec(marked)?.[1]
  expect(marked.endsWith(`\n</untrusted id="${id}">`)).toBe(true)
  expect(marked.match(/<\/?untrusted/gi)).toHaveLength(2)
})
