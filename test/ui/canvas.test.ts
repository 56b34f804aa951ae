// The canvas in a browser: a page that loads itself anew and is no Control UI, and A2UI as it is drawn.
import { expect } from 'bun:test'
import { rig, slow, ui } from './rig.ts'

ui(
  'a page of the canvas loads itself anew, and cannot read what the Control UI keeps',
  async () => {
    await using r = await rig({
      prepare: (state) => state.write('canvas/index.html', '<h1>First</h1><script src="x.js"></script>'),
    })
    r.gw.state.write(
      'canvas/x.js',
      `let kept; try { kept = JSON.stringify(localStorage) } catch (e) { kept = e.name }; document.body.append('kept: ' + kept)`,
    )
    await r.open()
    await r.page.go(`${r.gw.url}/__openclaw__/canvas/`)
    await r.page.shows(/First\s*kept: SecurityError/)
    r.gw.state.write('canvas/index.html', '<h1>Second</h1>')
    await r.page.shows(/Second/)
  },
  slow,
)

const messages = [
  {
    surfaceUpdate: {
      surfaceId: 'main',
      components: [
        { id: 'root', component: { Column: { children: { explicitList: ['title', 'who', 'go'] } } } },
        { id: 'title', component: { Text: { text: { literalString: 'Shopping <b>list</b>' }, usageHint: 'h1' } } },
        { id: 'who', component: { Text: { text: { path: '/name' } } } },
        { id: 'label', component: { Text: { text: { literalString: 'Buy it' } } } },
        {
          id: 'go',
          component: {
            Button: {
              child: 'label',
              action: { name: 'buy', context: [{ key: 'who', value: { path: '/name' } }] },
            },
          },
        },
      ],
    },
  },
  { dataModelUpdate: { surfaceId: 'main', contents: [{ key: 'name', valueString: 'Ann' }] } },
  { beginRendering: { surfaceId: 'main', root: 'root' } },
]

/** The text of a page, shadow trees included. */
const deep = `(() => {
  const text = (n) => n.nodeType === 3 ? n.data : n.localName === 'style' || n.localName === 'script' ? '' :
    [...(n.shadowRoot ? [n.shadowRoot] : []), ...n.childNodes].map(text).join(' ')
  return text(document.body)
})()`

ui(
  'A2UI draws what it is told, follows its data, tells what a person did, and forgets',
  async () => {
    await using r = await rig()
    await r.page.go(`${r.gw.url}/__openclaw__/a2ui/`)
    await r.page.until('the page', 'globalThis.openclawA2UI !== undefined')
    const said = await r.page.value(`openclawA2UI.applyMessages(${JSON.stringify(messages)})`)
    expect(said).toEqual({ ok: true, surfaces: ['main'] })
    await r.page.until('the text', `/Shopping <b>list<\\/b>[\\s\\S]*Ann[\\s\\S]*Buy it/.test(${deep})`)
    await r.page.value(`void addEventListener('a2uiaction-out', (e) => { globalThis.heard = e.detail })`)
    const button = `(() => { const find = (n) => n.localName === 'button' ? n : [n.shadowRoot, ...n.children].filter(Boolean).map(find).find(Boolean); return find(document.body) })()`
    await r.page.value(`void ${button}.click()`)
    expect(await r.page.value<object>('globalThis.heard')).toMatchObject({
      userAction: { name: 'buy', surfaceId: 'main', sourceComponentId: 'go', context: { who: 'Ann' } },
    })
    const change = [{ dataModelUpdate: { surfaceId: 'main', contents: [{ key: 'name', valueString: 'Bob' }] } }]
    await r.page.value(`void openclawA2UI.applyMessages(${JSON.stringify(change)})`)
    await r.page.until('the change', `/Bob/.test(${deep})`)
    await r.page.value('void openclawA2UI.reset()')
    await r.page.until('nothing', `!/Bob/.test(${deep})`)
    expect(r.page.trouble).toEqual([])
  },
  slow,
)
