/** The editor in ComfyUI's graph: the widget's element, the large view, pictures from other nodes. */

import { createEditor } from './trajectory_editor_view.js'
import { offerLargeView } from './large_views.js'
import { settingsOf } from './linked_settings.js'
import { ViewStore, chain, changed, keepLooking, largeView, leaveToGraph, replaceStale } from './node_widget.js'
import { loadImage, outputOf, rememberOutput, resultUrl, sourceOf, viewUrl } from './node_pictures.js'
import { newObject } from './trajectory_file.js'
import { videoFrames } from './video_frames.js'
import { element } from './dom.js'

const SETTINGS = { frames: 16, width: 416, height: 256 }
/** Saved with the node, so that a workflow that is opened again knows its size before it runs. */
const LAST_RUN = 'MaskVideo last run'
const MIN_WIDTH = 420
const MIN_HEIGHT = 400
const VIDEO_FRAMES = 24
const MULTIPLE_PX = 8

const views = new ViewStore()

/** Make the widget of a node. app, api: the host's. */
export function createTrajectoryWidget(node, name, app, api) {
  const shell = element('div', { class: 'mv-shell' })
  shell.style.minHeight = `${MIN_HEIGHT}px`
  let settings = settingsOf(node, SETTINGS, null)
  const look = () => {
    const before = JSON.stringify([settings.values, settings.words])
    settings = settingsOf(node, SETTINGS, lastRun(node, editor.model.view, app))
    if (before !== JSON.stringify([settings.values, settings.words])) editor.refresh()
    loadPictures(node, editor, app, api)
  }
  const editor = createEditor({
    settings: () => settings.values,
    sources: () => settings.words,
    onChange: () => changed(app, node),
    bitmapUrl: (file) => viewUrl(api, file),
    fitSize: () => { fitSize(node, editor, settings); look(); changed(app, node) },
    take: (mask) => takeMask(api, editor.model, mask),
    fullScreen: () => large.toggle()
  })
  const large = largeView(shell, editor, 'Mask Trajectory Editor')
  leaveToGraph(shell, app)
  const widget = node.addDOMWidget(name, 'MASKVIDEO_TRAJECTORY', shell, {
    getValue: () => editor.model.text,
    setValue: (text) => views.show(node, editor.model, typeof text === 'string' ? text : ''),
    getMinHeight: () => MIN_HEIGHT,
    hideOnZoom: false,
    socketless: true
  })
  offerLargeView(node, () => {
    look()
    large.toggle()
  })
  editor.model.load('')
  connectNode(node, widget, editor, look, () => large.close())
  return { widget, minWidth: MIN_WIDTH, minHeight: MIN_HEIGHT }
}

function connectNode(node, widget, editor, look, closeAll) {
  chain(node, 'onAdded', () => {
    views.keep(node, editor.model)
    replaceStale(node, widget)
    watchSettings(node, look)
    look()
  })
  chain(node, 'onConnectionsChange', () => setTimeout(look))
  chain(node, 'onExecuted', (output) => {
    rememberOutput(node, output)
    const [size] = output?.maskvideo_size ?? []
    if (size) {
      editor.model.view.ran = size
      node.setProperty?.(LAST_RUN, size)
    }
    look()
  })
  chain(node, 'onRemoved', () => {
    closeAll()
    editor.stop()
    editor.model.view.owner = null
  })
  keepLooking(node, look)
  widget.element.addEventListener('pointerenter', look)
}

/** The editor follows the node's frames, width and height. */
function watchSettings(node, look) {
  for (const widget of node.widgets ?? []) {
    if (!(widget.name in SETTINGS) || widget.mvWatched) continue
    widget.mvWatched = true
    chain(widget, 'callback', look)
  }
}

/** {frames, width, height} of the last run, null before the first; an undo of the graph does not undo the run. */
function lastRun(node, view, app) {
  return view.ran ?? outputOf(node, app).maskvideo_size?.[0] ?? node.properties?.[LAST_RUN] ?? null
}

/** The node's width and height in the shape of the background, about as large as they were; what comes from another node
 * stays as it is.
 */
function fitSize(node, { model }, { values: { width, height }, linked }) {
  const [image] = model.background
  const aspect = (image.naturalWidth || image.width) / (image.naturalHeight || image.height)
  const given = ['width', 'height'].filter((name) => linked.includes(name))
  if (given.length > 1) return model.say('Width and height come from other nodes: change them there, or cut or scale the image.')
  const tall = given[0] === 'width' ? width / aspect : given[0] === 'height' ? height : Math.sqrt((width * height) / aspect)
  const sides = { width: tall * aspect, height: tall }
  for (const widget of node.widgets) {
    if (!(widget.name in sides) || linked.includes(widget.name)) continue
    widget.value = Math.max(MULTIPLE_PX, Math.round(sides[widget.name] / MULTIPLE_PX) * MULTIPLE_PX)
    widget.callback?.(widget.value)
  }
}

/** The background, from the node before or from the last run, and the masks that can be taken as shapes. */
async function loadPictures(node, editor, app, api) {
  const { model } = editor
  if (!node.graph) return
  const run = outputOf(node, app)
  const masks = run.maskvideo_masks ?? []
  const source = sourceOf(node, 'image', api)
  const frames = source?.linked && !source.url ? (run.maskvideo_frames ?? []).map((one) => resultUrl(api, one)) : []
  const key = JSON.stringify([source, frames, masks])
  if (key === model.shownPictures) return
  model.shownPictures = key
  model.offered = masks.map((mask) => ({ ...mask, url: resultUrl(api, mask) }))
  const images = source?.video
    ? await videoFrames(source.url, VIDEO_FRAMES)
    : await Promise.all((source?.url ? [source.url] : frames).map(loadImage))
  if (model.shownPictures !== key) return
  model.background = images.filter(Boolean)
  model.notify()
}

/** A mask of the last run becomes an object: its picture is kept in the host's input folder. */
async function takeMask(api, model, mask) {
  const picture = await (await fetch(mask.url)).blob()
  const form = new FormData()
  form.append('image', picture, `mask-${Date.now().toString(36)}.png`)
  form.append('subfolder', 'maskvideo')
  const answer = await api.fetchApi('/upload/image', { method: 'POST', body: form })
  if (!answer.ok) return model.say(`The host did not take the mask: ${answer.status} ${answer.statusText}.`)
  const { name, subfolder } = await answer.json()
  const { width, height } = model.size
  const short = Math.min(width, height)
  const shape = { kind: 'bitmap', file: `${subfolder}/${name}`, width: (mask.width * width) / short, height: (mask.height * height) / short }
  const object = newObject(model.trajectory.objects, shape, mask.x, mask.y)
  model.trajectory.objects.unshift(object)
  model.view.selected = object.name
  return model.commit()
}
