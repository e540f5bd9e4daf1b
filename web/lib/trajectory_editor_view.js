/** The editor as one element: tools, picture, time, lists. It knows no host; `options` are its only way out. */

import { button, element } from './dom.js'
import { icon } from './icons.js'
import { TOOLS, connectTools } from './trajectory_tools.js'
import { Stage } from './trajectory_stage.js'
import { connectWheel } from './viewport.js'
import { TrajectoryModel } from './trajectory_model.js'
import { cameraPanel, duplicate, inspector, objectList, removeObject, timeline, toggleKey } from './trajectory_panels.js'

const PLAYED_FPS = 12

/** An editor for a trajectory's JSON text.
 *
 * options: settings() gives {frames, width, height}, sources() the lines that say from where; onChange(text) hears of each finished change; bitmapUrl(name) says
 * where a mask image is; take(mask) makes a shape of an offered mask; fitSize() gives the masks the background's shape;
 * fullScreen() opens or closes the large view.
 * Gives {root, model, stage, refresh, stop}.
 */
export function createEditor(options) {
  const model = new TrajectoryModel(options)
  const parts = build(model)
  const stage = new Stage(parts.canvas, model)
  const tools = connectTools(parts.canvas, stage, model)
  const watcher = new ResizeObserver(() => stage.resize())
  watcher.observe(parts.canvas)
  model.listeners.add((what) => update(what, model, parts, stage))
  connectKeys(parts, model, tools)
  connectWheel(parts.canvas, stage, model)
  const player = createPlayer(model, parts)
  model.player = player
  update('document', model, parts, stage)
  return {
    root: parts.root,
    model,
    stage,
    refresh: () => update('document', model, parts, stage),
    stop: () => player.stop()
  }
}

function build(model) {
  const keys = element('input', { class: 'mv-keys', readonly: '', 'aria-label': 'Trajectory editor: shortcuts work here' })
  const canvas = element('canvas', { class: 'mv-canvas', role: 'img', 'aria-label': 'The picture: objects and their ways' })
  const message = element('div', { class: 'mv-message', role: 'status', 'aria-live': 'polite' })
  const error = element('div', { class: 'mv-error', role: 'alert', hidden: '' })
  const side = element('div', { class: 'mv-side' })
  const rows = element('div', { class: 'mv-timeline', role: 'group', 'aria-label': 'Keyframes' })
  const sources = element('div', { class: 'mv-sources', role: 'status', hidden: '' })
  const toolbar = buildToolbar(model)
  const time = buildTime(model)
  const picture = element('div', { class: 'mv-picture' }, canvas, message, error)
  const root = element(
    'div', { class: 'mv-editor', 'data-capture-wheel': 'true' },
    keys, toolbar.bar, element('div', { class: 'mv-body' }, picture, side), sources, time.bar, rows
  )
  return { root, keys, canvas, message, error, side, rows, sources, toolbar, time, picture }
}

function buildToolbar(model) {
  const tools = TOOLS.map(([name, key, title]) =>
    button(icon(name), `${title} (${key})`, () => chooseTool(model, name), { class: 'mv-tool', 'data-tool': name })
  )
  const undo = button(icon('undo'), 'Undo (Ctrl+Z)', () => model.undo())
  const redo = button(icon('redo'), 'Redo (Ctrl+Shift+Z)', () => model.redo())
  const onion = button(icon('onion'), 'Onion skin: the frames before and after (O)', () => toggleOnion(model))
  const fit = button(icon('fit'), 'Fit the picture (0)', () => fitView(model))
  const brush = element('input', {
    type: 'range', min: 0.01, max: 0.4, step: 0.01, value: model.view.brush, title: 'Size of the brush', 'aria-label': 'Size of the brush',
    class: 'mv-brush', oninput: (event) => { model.view.brush = event.target.valueAsNumber }
  })
  const large = button(icon('large'), 'Full screen (F)', () => model.options.fullScreen(), { class: 'mv-large' })
  const aspect = button('Use the image’s shape', 'The masks have another aspect than the image: give them the image’s', () => model.options.fitSize())
  const gap = element('span', { class: 'mv-gap' })
  const bar = element('div', { class: 'mv-toolbar', role: 'toolbar', 'aria-label': 'Tools' }, ...tools, brush, undo, redo, onion, fit, aspect, gap, large)
  return { bar, tools, undo, redo, onion, aspect, brush }
}

function buildTime(model) {
  const play = button(icon('play'), 'Play (Space)', () => model.player.toggle(), { class: 'mv-play' })
  const loop = button(icon('loop'), 'Play in a loop', () => toggleLoop(model))
  const slider = element('input', {
    type: 'range', min: 0, max: 1, step: 1, value: 0, 'aria-label': 'Frame', class: 'mv-slider',
    oninput: (event) => model.goTo(event.target.valueAsNumber)
  })
  const keys = button(icon('key'), 'Keyframes in time (T)', () => toggleTimeline(model), { class: 'mv-keys-toggle' })
  const number = element('output', { class: 'mv-frame' })
  const buttons = element('div', { class: 'mv-row' }, play, loop, keys)
  return { bar: element('div', { class: 'mv-time' }, buttons, slider, number), play, loop, keys, slider, number }
}

function chooseTool(model, name) {
  model.draft = null
  model.view.tool = name
  model.notify('tool')
}

function toggleOnion(model) {
  model.view.onion = !model.view.onion
  model.notify('tool')
}

function toggleLoop(model) {
  model.view.loop = !model.view.loop
  model.notify('tool')
}

/** In the node; the large view has them always. */
function toggleTimeline(model) {
  model.view.timeline = !model.view.timeline
  model.notify('selection')
}

function fitView(model) {
  Object.assign(model.view, { zoom: 1, panX: 0, panY: 0 })
  model.notify('tool')
}

/** Bring every part to what the model is; a played or scrubbed frame touches the picture and the slider alone. */
function update(what, model, parts, stage) {
  parts.message.textContent = model.message ?? ''
  parts.message.hidden = !model.message
  if (what !== 'message') model.message = null
  updateTime(model, parts.time)
  updateToolbar(model, parts)
  parts.root.classList.toggle('mv-with-keys', model.view.timeline)
  parts.time.keys.setAttribute('aria-pressed', String(model.view.timeline))
  parts.rows.style.setProperty('--mv-now', `${model.time * 100}%`)
  if (what === 'document') updateError(model, parts.error)
  if (what === 'document') updateSize(model, parts)
  if (what !== 'tool' && !model.playing) rebuild(parts, model)
  stage.renew()
}

/** Lists are made anew; the control that had the focus has it again. */
function rebuild(parts, model) {
  const focus = focusIn(parts.root, model)
  if (parts.side.offsetParent !== null) parts.side.replaceChildren(objectList(model), inspector(model), cameraPanel(model))
  if (parts.rows.offsetParent !== null) parts.rows.replaceChildren(...timeline(model))
  focus?.()
}

function focusIn(root, model) {
  const active = document.activeElement
  if (!root.contains(active) || !active.closest('.mv-side, .mv-timeline')) return null
  const label = model.refocus ? `${model.refocus.split(' ')[0]} keyframe` : active.getAttribute('aria-label')
  const index = model.refocus?.split(' ')[1]
  model.refocus = null
  const list = active.closest('.mv-side') ? '.mv-side' : '.mv-timeline'
  const place = [...root.querySelectorAll(`${list} button, ${list} input, ${list} select`)].indexOf(active)
  return () => {
    const controls = [...root.querySelectorAll(`${list} button, ${list} input, ${list} select`)]
    const same = controls.find((one) => one.getAttribute('aria-label')?.startsWith(label) && (!index || one.dataset.index === index))
    ;(same && label ? same : controls[Math.min(place, controls.length - 1)])?.focus()
  }
}

function updateTime(model, time) {
  const last = model.frames - 1
  time.slider.max = String(Math.max(last, 0))
  time.slider.value = String(model.frame)
  time.number.textContent = `${model.frame} / ${last}`
  time.play.replaceChildren(icon(model.playing ? 'pause' : 'play'))
  time.loop.setAttribute('aria-pressed', String(model.view.loop))
}

function updateToolbar(model, { toolbar, canvas }) {
  for (const tool of toolbar.tools) tool.setAttribute('aria-pressed', String(tool.dataset.tool === model.view.tool))
  toolbar.onion.setAttribute('aria-pressed', String(model.view.onion))
  toolbar.undo.disabled = !model.view.history?.past.length
  toolbar.redo.disabled = !model.view.history?.future.length
  toolbar.aspect.hidden = !isStretched(model)
  toolbar.brush.hidden = !['brush', 'eraser'].includes(model.view.tool)
  toolbar.brush.value = String(model.view.brush)
  canvas.style.cursor = model.view.tool === 'select' ? 'default' : 'crosshair'
}

/** By more than what rounding to whole blocks of pixels does. */
function isStretched({ background: [image], size }) {
  if (!image) return false
  const aspect = (image.naturalWidth || image.width) / (image.naturalHeight || image.height)
  return Math.abs(Math.log((aspect * size.height) / size.width)) > 0.04
}

/** What size is drawn in, and which other nodes give it. */
function updateSize({ size, options }, { canvas, sources }) {
  const lines = options.sources?.() ?? []
  const label = `The picture, ${size.width} × ${size.height} pixels: objects and their ways`
  if (canvas.getAttribute('aria-label') !== label) canvas.setAttribute('aria-label', label)
  sources.hidden = !lines.length
  const text = lines.join('\n')
  if (sources.textContent !== text) sources.textContent = text
}

function updateError(model, error) {
  error.hidden = !model.error
  error.replaceChildren()
  if (!model.error) return
  error.append(element('p', {}, model.error), button('Start anew', 'Throw this trajectory away and start anew', () => model.startAnew()))
}

/** Playing: frames by the clock, so that a slow machine leaves some out and stays in time. */
function createPlayer(model) {
  let handle = null
  const stop = () => {
    cancelAnimationFrame(handle)
    handle = null
    model.playing = false
  }
  const start = () => {
    if (model.frames < 2) return
    model.playing = true
    const first = model.frame >= model.frames - 1 ? 0 : model.frame
    const began = performance.now()
    const step = (now) => {
      const frame = first + Math.max(0, Math.floor(((now - began) * PLAYED_FPS) / 1000))
      if (frame >= model.frames && !model.view.loop) {
        stop()
        model.goTo(model.frames - 1)
        return
      }
      handle = requestAnimationFrame(step)
      if (frame % model.frames !== model.frame) model.goTo(frame % model.frames)
    }
    handle = requestAnimationFrame(step)
  }
  const toggle = () => {
    if (model.playing) stop()
    else start()
    model.notify('selection')
  }
  return { toggle, stop }
}

/** Shortcuts while the focus is in the editor; none of them reaches the graph. */
function connectKeys({ root, keys, canvas }, model, tools) {
  const focus = () => keys.focus({ preventScroll: true })
  // a press would give the focus to the page, and Delete to the graph; pointer events must not be prevented
  canvas.addEventListener('mousedown', (event) => event.preventDefault())
  canvas.addEventListener('pointerdown', focus)
  canvas.addEventListener('pointerup', focus)
  root.addEventListener('keydown', (event) => {
    const typing = event.target.matches('input:not(.mv-keys):not([type=range]):not([type=checkbox]), select')
    if (!typing && handleKey(event, model, tools)) event.preventDefault()
    if (!(event.key === 'Escape' && root.closest('dialog')) && event.key !== 'Tab') event.stopPropagation()
  })
}

function handleKey(event, model, tools) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.ctrlKey || event.metaKey) return withControl(key, event, model)
  const tool = TOOLS.find(([, shortcut]) => shortcut.toLowerCase() === key)
  if (tool) chooseTool(model, tool[0])
  else if (key === 'Enter' && event.target.matches('.mv-keys')) return tools.finish()
  else if (key === 'Escape') return tools.cancel()
  else if (key === ' ' && !event.target.matches('button')) model.player.toggle()
  else if (key === 'o') toggleOnion(model)
  else if (key === 't') toggleTimeline(model)
  else if (key === '0') fitView(model)
  else if (key === 'f') model.options.fullScreen()
  else if (key === 'k') toggleKey(model, model.selected ? 'position' : 'camera')
  else if (key === ',' || key === '.') model.goTo(model.frame + (key === ',' ? -1 : 1))
  else if (event.target.matches('.mv-keys')) return pictureKey(key, event, model)
  else return false
  return true
}

function withControl(key, event, model) {
  if (key === 'z') event.shiftKey ? model.redo() : model.undo()
  else if (key === 'y') model.redo()
  else if (key === 'd') duplicate(model)
  else return false
  return true
}

/** Keys that only the picture has: arrows move the object by a pixel, with Shift by ten. */
function pictureKey(key, event, model) {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
  if (key === 'Home') model.goTo(0)
  else if (key === 'End') model.goTo(model.frames - 1)
  else if (key === 'Delete' || key === 'Backspace') removeObject(model)
  else if (step && model.selected && !model.selected.locked) nudge(model, step, event.shiftKey ? 10 : 1)
  else return false
  return true
}

function nudge(model, [dx, dy], pixels) {
  const { x, y } = model.valueOf('position')
  const { width, height } = model.size
  model.set('position', { x: x + (dx * pixels) / width, y: y + (dy * pixels) / height })
  model.commit()
}
