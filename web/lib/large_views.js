/** Large views of editors, opened from outside their node: a subgraph draws none of the editors that are in it. */

const COMMAND = 'MaskVideo.OpenEditor'
const DEEPEST = 8
const views = new WeakMap()

/** Remember how the large view of a node's editor is opened. */
export function offerLargeView(node, open) {
  views.set(node, open)
}

/** [{title, open}..] of a node's own editor and, of a subgraph, of those in it. */
export function largeViewsOf(node, depth = 0) {
  const open = views.get(node)
  const inner = depth < DEEPEST ? (node?.subgraph?.nodes ?? []).flatMap((one) => largeViewsOf(one, depth + 1)) : []
  return open ? [{ title: node.title, open }, ...inner] : inner
}

/** What an extension registers so that selecting a node, or its menu, offers its editors. */
export function largeViewCommands(app) {
  const selected = () => [...(app.canvas.selectedItems ?? [])].flatMap((item) => largeViewsOf(item))
  return {
    commands: [{ id: COMMAND, label: 'Open the mask editor of the selected node', icon: 'pi pi-pencil', function: () => selected()[0]?.open() }],
    getSelectionToolboxCommands: (item) => (largeViewsOf(item).length ? [COMMAND] : []),
    getNodeMenuItems: (node) => largeViewsOf(node).map(({ title, open }) => ({ content: `Open ${title}`, callback: () => open() }))
  }
}
