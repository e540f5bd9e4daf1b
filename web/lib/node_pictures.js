/** Pictures from other nodes of the graph: files that loaders name, and what the last run gave. */

import { giverOf, valueOf } from './graph_walk.js'
import { comeFrom } from './linked_settings.js'

const DEEPEST = 4
const FILE_WIDGETS = ['image', 'file', 'video']
/** Nodes that leave the frames as they are. */
const PASSED_ON = new Set(['GetVideoComponents'])

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
  const { graph } = node
  const place = graph?.rootGraph && graph.rootGraph !== graph ? `${graph.id}:${node.id}` : node.id
  return outputs.get(node) ?? app.nodeOutputs?.[place] ?? {}
}

/** Nodes that only scale: places as fractions of the frame stay, unless it is cut to another shape. */
const SCALED = new Set(['ImageScale', 'ImageScaleBy', 'ImageScaleToTotalPixels'])

/** The file of a Load Image or Load Video node above an input, by its field: there before any run. Null without a link.
 *
 * scaled: look through nodes that scale too; `shape` is then {width, height, cut} after the last of them, or null.
 * taken: the host has taken the frames out of the video. unknown: in words, what only a run tells of how they scale.
 */
export function sourceOf(node, name, api, scaled = false) {
  let giver = giverOf(node, name)
  if (giver.slot === undefined) return null
  let [shape, taken] = [null, false]
  for (let depth = 0; giver.slot !== undefined && depth < DEEPEST; depth++) {
    const before = giver.node
    const file = fileOf(before)
    if (file) return { linked: true, file, url: viewUrl(api, file), video: before.type.startsWith('LoadVideo'), shape, taken }
    const links = before.inputs?.filter((input) => input.link !== null && ['IMAGE', 'VIDEO'].includes(input.type)) ?? []
    if (links.length !== 1 || !(PASSED_ON.has(before.type) || (scaled && SCALED.has(before.type)))) break
    if (before.type === 'ImageScale') {
      const own = scaleOf(before)
      if (own.unknown) return { ...NO_FILE, unknown: own.unknown }
      if (shape && own.cut) break
      shape ??= own.width && own.height ? own : null
    }
    taken ||= PASSED_ON.has(before.type)
    giver = giverOf(before, links[0].name)
  }
  return NO_FILE
}

const NO_FILE = { linked: true, file: null, url: null, video: false, shape: null, taken: false }

function fileOf(node) {
  if (!/^Load(Image|Video)/.test(node.type ?? '')) return null
  const name = FILE_WIDGETS.find((one) => node.widgets?.some((widget) => widget.name === one))
  const { value } = name ? valueOf(node, name) : {}
  return typeof value === 'string' && value ? value : null
}

/** What an Image Scale node makes; `unknown` says which of it comes from a node that has to run first. */
function scaleOf(node) {
  const read = ['width', 'height', 'crop'].map((name) => ({ name, ...valueOf(node, name) }))
  const unknown = read.filter(({ value }) => value === undefined)
  if (unknown.length) return { unknown: comeFrom(unknown.map(({ name }) => name), unknown[0].from ?? node) }
  const [width, height, crop] = read.map(({ value }) => value)
  return { width, height, cut: crop === 'center' && width > 0 && height > 0 }
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
