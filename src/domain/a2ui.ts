// A2UI, the messages agents describe surfaces with: https://a2ui.org/specification/v0.8-a2ui/
/** Messages that show a text on a surface of their own, one a line. */
export function textSurface(text: string, surfaceId = 'main'): string {
  const said = { id: 'text', component: { Text: { text: { literalString: text }, usageHint: 'body' } } }
  const root = { id: 'root', component: { Column: { children: { explicitList: ['text'] } } } }
  return [{ surfaceUpdate: { surfaceId, components: [root, said] } }, { beginRendering: { surfaceId, root: 'root' } }]
    .map((m) => JSON.stringify(m))
    .join('\n')
}
