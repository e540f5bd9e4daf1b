/** Pictures from other nodes of the graph: files that loaders name, and what the last run gave. */

const DEEPEST = 4
const FILE_WIDGETS = ['image', 'file', 'video']
/** The id of a subgraph's own inputs, seen from within. */
const FROM_OUTSIDE = -10
/** Nodes that leave the frames as they are. */
const PASSED_ON = new Set(['GetVideoComponents', 'Reroute'])

/** Where the host gives a file: "name", "folder/name" or "name [output]". */
export function viewUrl(api, file) {
  const [, path, kind] = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(file)
  const cut = path.lastIndexOf('/')
  const query = new URLSearchParams({ filename: path.slice(cut + 1), subfolder: path.slice(0, Math.max(cut, 0)), type: kind ?? 'input' })
  return api.apiURL(`/view?${query}`)
}

/** Where the host gives a file of a run. */
export function resultUrl(api, { filename, subfolder, type }) {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`)
}

const outputs = new WeakMap()

/** What a run gave the browser for this node. */
export function rememberOutput(node, output) {
  outputs.set(node, output ?? {})
}

export function outputOf(node, app) {
  return outputs.get(node) ?? app.nodeOutputs?.[node.id] ?? {}
}

/** Nodes that only scale: places as fractions of the frame stay, unless it is cut to another shape. */
const SCALED = new Set(['ImageScale', 'ImageScaleBy', 'ImageScaleToTotalPixels'])

/** The file of a Load Image or Load Video node above an input, by its widget: there before any run.
 *
 * scaled: look through nodes that scale too; `shape` is then {width, height, cut} after the last of them, or null.
 */
export function sourceOf(node, name, api, scaled = false) {
  let place = node.inputs?.findIndex((input) => input.name === name) ?? -1
  let before = place < 0 ? null : nodeBefore(node, place)
  if (!before) return null
  let shape = null
  for (let depth = 0; before && depth < DEEPEST; depth++) {
    const file = before.widgets?.find((widget) => FILE_WIDGETS.includes(widget.name))?.value
    const loads = /^Load(Image|Video)/.exec(before.type ?? '')
    if (loads && typeof file === 'string' && file) return { linked: true, file, url: viewUrl(api, file), video: loads[1] === 'Video', shape }
    const links = before.inputs?.filter((input) => input.link !== null && ['IMAGE', 'VIDEO'].includes(input.type)) ?? []
    if (links.length !== 1 || !(PASSED_ON.has(before.type) || (scaled && SCALED.has(before.type)))) break
    if (before.type === 'ImageScale') {
      const own = scaleOf(before)
      if (own === null || (shape && own.cut)) break
      shape ??= own.width && own.height ? own : null
    }
    place = before.inputs.indexOf(links[0])
    before = nodeBefore(before, place)
  }
  return { linked: true, file: null, url: null, video: false, shape: null }
}

/** What an Image Scale node makes, null where links decide it. */
function scaleOf(node) {
  const linked = node.inputs?.some((input) => ['width', 'height', 'crop'].includes(input.name) && input.link != null)
  const [width, height, crop] = ['width', 'height', 'crop'].map((name) => node.widgets?.find((widget) => widget.name === name)?.value)
  return linked ? null : { width, height, cut: crop === 'center' && width > 0 && height > 0 }
}

/** The node that feeds an input; within a subgraph, also the one outside it. */
function nodeBefore(node, place) {
  const link = node.graph?.getLink?.(node.inputs[place]?.link)
  if (!link) return null
  if (Number(link.origin_id) !== FROM_OUTSIDE) return node.graph.getNodeById(link.origin_id)
  const { name } = node.graph.inputs?.[link.origin_slot] ?? {}
  const holder = holderOf(node.graph)
  const outside = holder?.inputs?.findIndex((input) => input.name === name) ?? -1
  return outside < 0 ? null : nodeBefore(holder, outside)
}

/** The node that stands for a subgraph in the graph around it. */
function holderOf(graph) {
  const root = graph.rootGraph
  const graphs = root ? [root, ...(root.subgraphs?.values() ?? [])] : []
  return graphs.flatMap((one) => one.nodes ?? []).find((node) => node.subgraph === graph)
}

/** The picture, null where there is none. */
export async function loadImage(url) {
  const image = new Image()
  image.src = url
  try {
    await image.decode()
    return image
  } catch {
    return null
  }
}
