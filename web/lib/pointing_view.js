/** The pointing editor as one element: tools, picture, time, objects. It knows no host; `options` are its only way out. */

import { button, element } from './dom.js'
import { icon } from './icons.js'
import { warningsOf } from './pointing_limits.js'
import { connectPointingKeys } from './pointing_keys.js'
import { createMenu } from './pointing_menu.js'
import { PointingModel } from './pointing_model.js'
import { objectBar, promptList, refill } from './pointing_panels.js'
import { PointingStage } from './pointing_stage.js'
import { createTime } from './pointing_time.js'
import { connectPointing } from './pointing_tools.js'
import { connectWheel } from './viewport.js'

const LISTED = new Set(['document', 'selection', 'frame'])
const LEAVES_MESSAGE = new Set(['message', 'picture'])

/** An editor for the texts of points and boxes.
 *
 * options: clip is a ClipPictures; onChange(texts) hears of each finished change; limits() gives {text, elsewhere}:
 * what the backend takes, and whether something else points at the objects too; asText() shows or hides the texts;
 * fullScreen() opens or closes the large view.
 * Gives {root, model, stage, refresh}.
 */
export function createPointingEditor(options) {
  const model = new PointingModel(options)
  const parts = build(model)
  const stage = new PointingStage(parts.canvas, model)
  const menu = createMenu(parts.picture, () => focus())
  const openMenu = (x, y, hit) => menu.open(x, y, entriesOf(model, hit))
  const tools = connectPointing(parts.canvas, stage, model, (event, hit) => openMenu(...placeIn(parts.picture, event), hit))
  const acts = {
    found: () => toggleFound(model), fit: () => fit(model), large: () => options.fullScreen(), cancel: tools.cancel,
    menu: () => model.prompt && openMenu(parts.picture.clientWidth / 2, parts.picture.clientHeight / 2, { object: model.selected, prompt: model.prompt })
  }
  const focus = connectPointingKeys(parts, model, acts)
  connectWheel(parts.canvas, stage, model)
  new ResizeObserver(() => stage.resize()).observe(parts.canvas)
  model.listeners.add((what) => update(what, model, parts, stage))
  update('document', model, parts, stage)
  return { root: parts.root, model, stage, refresh: () => update('document', model, parts, stage) }
}

function build(model) {
  const keys = element('input', { class: 'mv-keys', readonly: '', 'aria-label': 'Picture: shortcuts and arrow keys work here' })
  const canvas = element('canvas', { class: 'mv-canvas', role: 'img', 'aria-label': 'The frame, with points and boxes' })
  const message = element('div', { class: 'mv-message', role: 'status', 'aria-live': 'polite' })
  const error = element('div', { class: 'mv-error', role: 'alert', hidden: '' })
  const lock = element('div', { class: 'mv-lock', role: 'status', hidden: '' })
  const side = element('div', { class: 'mv-side' })
  const sources = element('div', { class: 'mv-sources', role: 'status', hidden: '' })
  const objects = element('div', { class: 'mv-objects' })
  const limits = element('div', { class: 'mv-limits' })
  const tools = buildTools(model)
  const time = createTime(model)
  const picture = element('div', { class: 'mv-picture' }, canvas, message, lock, error)
  const body = element('div', { class: 'mv-body' }, picture, side)
  const root = element('div', { class: 'mv-editor mv-pointing', 'data-capture-wheel': 'true' }, keys, tools.bar, body, sources, time.bar, objects, limits)
  return { root, keys, canvas, message, error, lock, side, sources, objects, limits, tools, time, picture }
}

function buildTools(model) {
  const points = button(icon('plus'), 'A click is a point of the object; with Shift, or the right button, a negative point: not the object', () => setLabel(model, 1), { class: 'mv-positive' })
  const nots = button(icon('minus'), 'A click is a negative point: not the object; with Shift it is a point', () => setLabel(model, 0), { class: 'mv-negative' })
  const hint = element('span', { class: 'mv-hint' }, 'drag: box')
  const undo = button(icon('undo'), 'Undo (Ctrl+Z)', () => model.undo())
  const redo = button(icon('redo'), 'Redo (Ctrl+Shift+Z)', () => model.redo())
  const found = button(icon('found'), 'What the last run found (M)', () => toggleFound(model), { class: 'mv-found' })
  const whole = button(icon('fit'), 'Fit the picture (0)', () => fit(model))
  const text = button(icon('text'), 'Points and boxes as text', () => model.options.asText(), { class: 'mv-text' })
  const large = button(icon('large'), 'Full screen (F)', () => model.options.fullScreen(), { class: 'mv-large' })
  const gap = element('span', { class: 'mv-gap' })
  const bar = element('div', { class: 'mv-toolbar', role: 'toolbar', 'aria-label': 'Tools' }, points, nots, hint, undo, redo, found, whole, gap, text, large)
  return { bar, points, nots, undo, redo, found, text }
}

function setLabel(model, label) {
  model.view.label = label
  model.notify('tool')
}

function toggleFound(model) {
  model.view.found = !model.view.found
  model.notify('tool')
}

function fit(model) {
  Object.assign(model.view, { zoom: 1, panX: 0, panY: 0 })
  model.notify('tool')
}

/** A pointer event's place in CSS pixels of an element, under any zoom of the graph. */
function placeIn(place, event) {
  const box = place.getBoundingClientRect()
  return [((event.clientX - box.left) * place.clientWidth) / box.width, ((event.clientY - box.top) * place.clientHeight) / box.height]
}

function entriesOf(model, { object, prompt }) {
  const turned = prompt.label ? 'Make it a negative point' : 'Make it a point'
  const entries = [[`Delete the ${prompt.box ? 'box' : 'point'}`, () => model.remove(object, prompt)]]
  return prompt.box || model.refusal ? entries : [[turned, () => model.flip(prompt)], ...entries]
}

/** Bring every part to what the model is; a scrubbed frame does not touch the objects. */
function update(what, model, parts, stage) {
  parts.message.textContent = model.message ?? ''
  parts.message.hidden = !model.message
  if (!LEAVES_MESSAGE.has(what)) model.message = null
  parts.time.update()
  updateTools(model, parts.tools)
  if (what === 'document') updateRefusal(model, parts)
  if (what === 'document' || what === 'picture') updateSize(model, parts)
  if (what === 'document' || what === 'selection') refill(parts.objects, objectBar(model))
  if (LISTED.has(what) && parts.side.offsetParent !== null) refill(parts.side, [promptList(model)])
  if (what === 'document') updateLimits(model, parts.limits)
  stage.invalidate()
}

function updateTools(model, { points, nots, undo, redo, found, text }) {
  points.setAttribute('aria-pressed', String(model.view.label === 1))
  nots.setAttribute('aria-pressed', String(model.view.label === 0))
  undo.disabled = Boolean(model.locked) || !model.view.history?.past.length
  redo.disabled = Boolean(model.locked) || !model.view.history?.future.length
  found.setAttribute('aria-pressed', String(model.view.found))
  found.hidden = !model.clip.found.size
  text.setAttribute('aria-pressed', String(Boolean(model.options.isText?.())))
}

/** What size the frames have, and where they come from if not from a file. */
function updateSize({ clip }, { canvas, sources }) {
  const size = clip.size ? `, ${clip.size.width} × ${clip.size.height} pixels` : ''
  const label = `The frame${size}, with points and boxes`
  if (canvas.getAttribute('aria-label') !== label) canvas.setAttribute('aria-label', label)
  sources.hidden = !clip.words
  if (sources.textContent !== clip.words) sources.textContent = clip.words
}

function updateRefusal(model, { error, lock }) {
  error.hidden = !model.error || Boolean(model.locked)
  error.replaceChildren()
  if (!error.hidden) {
    error.append(element('p', {}, model.error), button('Start anew', 'Throw these points and boxes away and start anew', () => model.startAnew()))
  }
  lock.hidden = !model.locked
  lock.textContent = model.locked ?? ''
}

/** What the backend takes, and before it what would be refused. */
function updateLimits(model, place) {
  const { text, elsewhere } = model.options.limits()
  const warnings = warningsOf(model.objects, model.clip.count, elsewhere).map(({ name, frame, message }) => {
    const go = () => {
      model.view.selected = name
      model.goTo(frame)
    }
    return button(`⚠ ${message}`, `Go to frame ${frame}: ${message}`, go, { class: 'mv-warning', 'data-key': `warning ${name}` })
  })
  refill(place, [...warnings.slice(0, 3), element('span', { class: 'mv-hint' }, text)])
}
