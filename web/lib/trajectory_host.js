/** The editor in ComfyUI's graph: the widget's element, the large view, pictures from other nodes. */

import { createEditor } from './trajectory_editor_view.js'
import { holds } from './history.js'
import { newObject } from './trajectory_file.js'
import { videoFrames } from './video_frames.js'
import { element } from './dom.js'

const SETTINGS = { frames: 16, width: 416, height: 256 }
const FRAMES_WATCHED = 60
const MIN_WIDTH = 420
const MIN_HEIGHT = 400
const DEEPEST = 4
const FILE_WIDGETS = ['image', 'file', 'video']
/** Nodes that leave the frames as they are. */
const PASSED_ON = new Set(['GetVideoComponents', 'Reroute'])
const VIDEO_FRAMES = 24
const MULTIPLE_PX = 8
const VIEWS_KEPT = 8

/** Where users were, by the node's id: an undo of the graph makes the node anew, and must not lose it. */
const views = new Map()

/** The style sheet, once. */
export function addStyle() {
  const href = new URL('../trajectory_editor.css', import.meta.url).href
  if (document.querySelector(`link[href="${href}"]`)) return
  document.head.append(element('link', { rel: 'stylesheet', href }))
}

/** Make the widget of a node. app, api: the host's. */
export function createTrajectoryWidget(node, name, app, api) {
  const shell = element('div', { class: 'mv-shell' })
  shell.style.minHeight = `${MIN_HEIGHT}px`
  let large = null
  const editor = createEditor({
    settings: () => settingsOf(node),
    onChange: () => changed(app, node),
    bitmapUrl: (file) => viewUrl(api, file),
    fitSize: () => { fitSize(node, editor); changed(app, node) },
    take: (mask) => takeMask(api, editor.model, mask),
    fullScreen: () => { large = large ? closeLarge(large, shell, editor) : openLarge(shell, editor, () => { large = null }) }
  })
  shell.append(editor.root)
  const widget = node.addDOMWidget(name, 'MASKVIDEO_TRAJECTORY', shell, {
    getValue: () => editor.model.text,
    setValue: (text) => setText(node, editor.model, typeof text === 'string' ? text : ''),
    getMinHeight: () => MIN_HEIGHT,
    hideOnZoom: false,
    socketless: true
  })
  editor.model.load('')
  connectNode(node, widget, editor, app, api, () => large?.close())
  return { widget, minWidth: MIN_WIDTH, minHeight: MIN_HEIGHT }
}

function connectNode(node, widget, editor, app, api, closeAll) {
  chain(node, 'onAdded', () => {
    keepView(node, editor.model)
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

/** Call `more` after the node's own handler; only this node is changed. */
function chain(node, handler, more) {
  const own = node[handler]
  node[handler] = function (...values) {
    const result = own?.apply(this, values)
    more(...values)
    return result
  }
}

/** Show a text; where a node of this id that is gone had it in its history, go on with that view and history. */
function setText(node, model, text) {
  const known = views.get(node.id) ?? []
  const kept = text && known.find((view) => view.owner === null && holds(view.history, text))
  if (kept) model.view = kept
  keepView(node, model)
  model.load(text)
}

function keepView(node, model) {
  const known = views.get(node.id) ?? []
  model.view.owner = node
  if (!known.includes(model.view)) views.set(node.id, [...known, model.view].slice(-VIEWS_KEPT))
}

/** Nodes 2.0 may keep the element of the node that was there before an undo: put ours in its place. */
function replaceStale(node, widget) {
  let left = FRAMES_WATCHED
  const look = () => {
    const body = document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"]`)
    const shown = body?.querySelector('.mv-shell')
    if (shown && shown !== widget.element) shown.replaceWith(widget.element)
    if (left-- > 0) requestAnimationFrame(look)
  }
  look()
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

/** The graph's own undo hears of it too; pointer events end in the editor and would not tell it. */
function changed(app, node) {
  node.setDirtyCanvas?.(true, true)
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker
  if (tracker?.captureCanvasState) tracker.captureCanvasState()
  else tracker?.checkState?.()
}

function openLarge(shell, editor, onClose) {
  const dialog = element('dialog', { class: 'mv-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Mask Trajectory Editor' })
  dialog.append(editor.root)
  document.body.append(dialog)
  dialog.addEventListener('close', () => {
    shell.append(editor.root)
    dialog.remove()
    onClose()
    editor.refresh()
  })
  dialog.showModal()
  editor.refresh()
  return dialog
}

function closeLarge(dialog) {
  dialog.close()
  return null
}

/** Where the host gives a file: "name", "folder/name" or "name [output]". */
function viewUrl(api, file) {
  const [, path, kind] = /^(.*?)(?: \[(input|output|temp)\])?$/.exec(file)
  const cut = path.lastIndexOf('/')
  const query = new URLSearchParams({ filename: path.slice(cut + 1), subfolder: path.slice(0, Math.max(cut, 0)), type: kind ?? 'input' })
  return api.apiURL(`/view?${query}`)
}

function resultUrl(api, { filename, subfolder, type }) {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`)
}

const outputs = new WeakMap()

function rememberOutput(node, output) {
  outputs.set(node, output ?? {})
}

/** The background, from the node before or from the last run, and the masks that can be taken as shapes. */
async function loadPictures(node, editor, app, api) {
  const { model } = editor
  if (!node.graph) return
  const run = outputs.get(node) ?? app.nodeOutputs?.[node.id] ?? {}
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

/** The file of a Load Image or Load Video node above an input, by its widget: there before any run. */
function sourceOf(node, name, api) {
  let place = node.inputs?.findIndex((input) => input.name === name) ?? -1
  let before = place < 0 ? null : node.getInputNode?.(place)
  if (!before) return null
  for (let depth = 0; before && depth < DEEPEST; depth++) {
    const file = before.widgets?.find((widget) => FILE_WIDGETS.includes(widget.name))?.value
    const loads = /^Load(Image|Video)/.exec(before.type ?? '')
    if (loads && typeof file === 'string' && file) return { linked: true, url: viewUrl(api, file), video: loads[1] === 'Video' }
    const links = before.inputs?.filter((input) => input.link !== null && ['IMAGE', 'VIDEO'].includes(input.type)) ?? []
    if (links.length !== 1 || !PASSED_ON.has(before.type)) break
    place = before.inputs.indexOf(links[0])
    before = before.getInputNode?.(place)
  }
  return { linked: true, url: null, video: false }
}

async function loadImage(url) {
  const image = new Image()
  image.src = url
  try {
    await image.decode()
    return image
  } catch {
    return null
  }
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
