/** The editor in ComfyUI's graph: the widget's element, the large view, pictures from other nodes. */

import { createEditor } from './trajectory_editor_view.js'
import { offerLargeView } from './large_views.js'
import { ViewStore, chain, changed, largeView, leaveToGraph, replaceStale } from './node_widget.js'
import { loadImage, outputOf, rememberOutput, resultUrl, sourceOf, viewUrl } from './node_pictures.js'
import { newObject } from './trajectory_file.js'
import { videoFrames } from './video_frames.js'
import { element } from './dom.js'

const SETTINGS = { frames: 16, width: 416, height: 256 }
const MIN_WIDTH = 420
const MIN_HEIGHT = 400
const VIDEO_FRAMES = 24
const MULTIPLE_PX = 8

const views = new ViewStore()

/** Make the widget of a node. app, api: the host's. */
export function createTrajectoryWidget(node, name, app, api) {
  const shell = element('div', { class: 'mv-shell' })
  shell.style.minHeight = `${MIN_HEIGHT}px`
  const editor = createEditor({
    settings: () => settingsOf(node),
    onChange: () => changed(app, node),
    bitmapUrl: (file) => viewUrl(api, file),
    fitSize: () => { fitSize(node, editor); changed(app, node) },
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
    loadPictures(node, editor, app, api)
    large.toggle()
  })
  editor.model.load('')
  connectNode(node, widget, editor, app, api, () => large.close())
  return { widget, minWidth: MIN_WIDTH, minHeight: MIN_HEIGHT }
}

function connectNode(node, widget, editor, app, api, closeAll) {
  chain(node, 'onAdded', () => {
    views.keep(node, editor.model)
    replaceStale(node, widget)
    watchSettings(node, editor)
    loadPictures(node, editor, app, api)
  })
  chain(node, 'onConnectionsChange', () => setTimeout(() => loadPictures(node, editor, app, api)))
  chain(node, 'onExecuted', (output) => {
    rememberOutput(node, output)
    loadPictures(node, editor, app, api)
  })
  chain(node, 'onRemoved', () => {
    closeAll()
    editor.stop()
    editor.model.view.owner = null
  })
  widget.element.addEventListener('pointerenter', () => loadPictures(node, editor, app, api))
}

/** The editor follows the node's frames, width and height. */
function watchSettings(node, editor) {
  for (const widget of node.widgets ?? []) {
    if (!(widget.name in SETTINGS) || widget.mvWatched) continue
    const own = widget.callback
    widget.mvWatched = true
    widget.callback = function (...values) {
      const result = own?.apply(this, values)
      editor.refresh()
      return result
    }
  }
}

function settingsOf(node) {
  const values = Object.entries(SETTINGS).map(([name, preset]) => {
    const value = Number(node.widgets?.find((one) => one.name === name)?.value)
    return [name, Number.isFinite(value) && value >= 1 ? value : preset]
  })
  return Object.fromEntries(values)
}

/** The node's width and height in the shape of the background, about as large as they were. */
function fitSize(node, editor) {
  const [image] = editor.model.background
  const { width, height } = settingsOf(node)
  const aspect = (image.naturalWidth || image.width) / (image.naturalHeight || image.height)
  const tall = Math.sqrt((width * height) / aspect)
  const sides = { width: tall * aspect, height: tall }
  for (const widget of node.widgets) {
    if (!(widget.name in sides)) continue
    widget.value = Math.max(MULTIPLE_PX, Math.round(sides[widget.name] / MULTIPLE_PX) * MULTIPLE_PX)
    widget.callback?.(widget.value)
  }
  editor.refresh()
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
