/** The lists beside and under the picture: objects, values at this frame, keyframes in time. All reached by keyboard. */

import { EASINGS, keyAtFrame, keyBefore, moveKey, nearestFrame, removeKey, valuesAt } from './trajectory_keys.js'
import { freeColour, freeName, newObject } from './trajectory_file.js'
import { button, element, field, numberField } from './dom.js'
import { icon } from './icons.js'
import { addDefault } from './trajectory_tools.js'

const PLACE = { min: -10, max: 10, step: 0.01 }
const TURN = { min: -36000, max: 36000, step: 1 }
const FACTOR = { min: 0.01, max: 20, step: 0.05 }
const VALUES = {
  position: { x: ['x', PLACE], y: ['y', PLACE] },
  scale: { scale: ['scale', FACTOR] },
  rotation: { rotation: ['turn °', TURN] },
  camera: { x: ['looks at x', PLACE], y: ['looks at y', PLACE], zoom: ['zoom', FACTOR], roll: ['roll °', TURN] }
}

/** The objects, front to back. */
export function objectList(model) {
  const { objects } = model.trajectory
  const rows = objects.map((object, i) => objectRow(model, object, i))
  const bar = element(
    'div', { class: 'mv-row' },
    'add',
    button(icon('ellipse'), 'Add an ellipse in the middle', () => addDefault(model, 'ellipse')),
    button(icon('rectangle'), 'Add a rectangle in the middle', () => addDefault(model, 'rectangle')),
    ...model.offered.map((mask) => button(mask.name, `Take the shape of ${mask.name} from the input`, () => model.options.take(mask)))
  )
  return element('section', { 'aria-label': 'Objects' }, element('h4', {}, 'Objects, front to back'), ...rows, bar)
}

function objectRow(model, object, index) {
  const { objects } = model.trajectory
  const chosen = object.name === model.view.selected
  const solo = model.view.solo === object.name
  return element(
    'div', { class: `mv-object${chosen ? ' mv-chosen' : ''}` },
    element('input', { type: 'color', value: hex(object.colour), 'aria-label': `Colour of ${object.name}`, onchange: (event) => recolour(model, object, event.target.value) }),
    button(object.name, `Choose ${object.name}`, () => model.select(object.name), { class: 'mv-name', 'aria-pressed': String(chosen) }),
    button(icon('up'), `Bring ${object.name} forward`, () => reorder(model, index, index - 1), { disabled: index === 0 }),
    button(icon('down'), `Send ${object.name} back`, () => reorder(model, index, index + 1), { disabled: index === objects.length - 1 }),
    button(icon(object.locked ? 'locked' : 'open'), `Lock ${object.name}`, () => toggleLock(model, object), { 'aria-pressed': String(object.locked) }),
    button('S', `Show ${object.name} alone in the editor`, () => toggleSolo(model, object), { 'aria-pressed': String(solo) })
  )
}

function toggleLock(model, object) {
  object.locked = !object.locked
  model.commit()
}

function toggleSolo(model, object) {
  model.view.solo = model.view.solo === object.name ? null : object.name
  model.notify('selection')
}

function reorder(model, from, to) {
  const { objects } = model.trajectory
  objects.splice(to, 0, ...objects.splice(from, 1))
  model.commit()
}

function recolour(model, object, value) {
  const colour = [1, 3, 5].map((place) => parseInt(value.slice(place, place + 2), 16))
  object.colour = colour.some(Boolean) ? colour : [1, 1, 1]
  model.commit()
}

/** The selected object's settings, and its values at this frame. */
export function inspector(model) {
  const object = model.selected
  if (!object) return element('section', {}, element('p', { class: 'mv-hint' }, 'Choose or draw an object.'))
  return element(
    'section', { 'aria-label': 'Selected object' },
    element('h4', {}, 'Selected object'),
    element('fieldset', { disabled: object.locked, class: 'mv-fields' }, ...objectFields(model, object))
  )
}

function objectFields(model, object) {
  const last = model.frames - 1
  const at = (time) => nearestFrame(time, model.frames)
  const span = (label, key, low, high) =>
    numberField(label, at(object[key]), { min: low, max: high, step: 1 }, (frame) => setSpan(model, object, key, Math.round(frame)))
  return [
    field('name', element('input', { type: 'text', value: object.name, maxlength: 80, onchange: (event) => rename(model, object, event.target.value) })),
    element('div', { class: 'mv-pair' }, span('first frame', 'start', 0, at(object.end)), span('last frame', 'end', at(object.start), last)),
    ...['position', 'scale', 'rotation'].map((channel) => valueFields(model, channel)),
    visibleField(model, object),
    motionFrom(model, object),
    element(
      'div', { class: 'mv-row' },
      button('Duplicate', 'Duplicate the object (Ctrl+D)', () => duplicate(model)),
      button('Delete', 'Delete the object (Delete)', () => removeObject(model))
    )
  ]
}

/** The camera's values at this frame. */
export function cameraPanel(model) {
  return element(
    'section', { 'aria-label': 'Camera' },
    element('h4', {}, 'Camera'),
    valueFields(model, 'camera'),
    element('label', { class: 'mv-check' }, element('input', { type: 'checkbox', checked: model.view.camera, onchange: (event) => showCamera(model, event.target.checked) }), 'show its view')
  )
}

function showCamera(model, shown) {
  model.view.camera = shown
  model.notify('selection')
}

function valueFields(model, channel) {
  const values = model.valueOf(channel)
  const fields = Object.entries(VALUES[channel]).map(([name, [label, range]]) =>
    numberField(label, Number(values[name].toFixed(4)), range, (value) => {
      model.set(channel, { [name]: value })
      model.commit()
    })
  )
  return element('div', { class: 'mv-values' }, element('div', { class: 'mv-pair' }, ...fields), keyControls(model, channel))
}

/** A key at this frame, on or off, and the easing from the key before to the next. */
function keyControls(model, channel) {
  const keys = model.keysOf(channel)
  const here = keyAtFrame(keys, model.frame, model.frames)
  const toggle = button(icon('key'), `${here >= 0 ? 'Remove' : 'Set'} a ${channel} keyframe at this frame`, () => toggleKey(model, channel), { 'aria-pressed': String(here >= 0), class: 'mv-key-toggle' })
  return element('div', { class: 'mv-row' }, toggle, easingChoice(model, keys, `Easing of ${channel} from the keyframe before to the next`))
}

/** How the keyframe at or before this frame leads to the next. */
function easingChoice(model, keys, label) {
  const before = keys[Math.max(0, keyBefore(keys, model.time))]
  return element(
    'select',
    {
      'aria-label': label, class: 'mv-easing', disabled: !before,
      title: 'From the keyframe at or before this frame to the next', onchange: (event) => setEasing(model, before, event.target.value)
    },
    ...EASINGS.map((name) => element('option', name === before?.easing ? { selected: '' } : {}, name))
  )
}

function setEasing(model, key, easing) {
  key.easing = easing
  model.commit()
}

/** Set a keyframe with the value of this moment, or remove the one that is here. */
export function toggleKey(model, channel) {
  const keys = model.keysOf(channel)
  const here = keyAtFrame(keys, model.frame, model.frames)
  if (here < 0) model.set(channel, {})
  else if (!removeKey(channel, keys, here)) return model.say('A position keeps one keyframe.')
  model.commit()
}

function visibleField(model, object) {
  const { visible } = valuesAt('visible', object.visible, model.time)
  const change = (event) => {
    model.set('visible', { visible: event.target.checked })
    model.commit()
  }
  return element('label', { class: 'mv-check' }, element('input', { type: 'checkbox', checked: visible, onchange: change }), 'visible from this frame on')
}

function motionFrom(model, object) {
  const others = model.trajectory.objects.filter((one) => one !== object)
  if (!others.length) return null
  const copy = (event) => copyMotion(model, others[event.target.selectedIndex - 1], object)
  return field('motion from', element('select', { onchange: copy }, element('option', {}, '…'), ...others.map((one) => element('option', {}, one.name))))
}

/** Another object's motion, begun where this object is. */
export function copyMotion(model, from, object) {
  if (!from) return
  const [dx, dy] = [object.position[0].x - from.position[0].x, object.position[0].y - from.position[0].y]
  const shifted = (key) => ({ ...key, x: Math.min(10, Math.max(-10, key.x + dx)), y: Math.min(10, Math.max(-10, key.y + dy)) })
  object.position = from.position.map(shifted)
  for (const channel of ['scale', 'rotation', 'visible']) object[channel] = structuredClone(from[channel])
  object.start = from.start
  object.end = from.end
  model.commit()
}

function setSpan(model, object, key, frame) {
  object[key] = model.frames > 1 ? frame / (model.frames - 1) : key === 'end' ? 1 : 0
  model.commit()
}

function rename(model, object, wanted) {
  const name = wanted.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  if (!name) return model.notify()
  object.name = freeName(name, model.trajectory.objects.filter((one) => one !== object).map((one) => one.name))
  model.view.selected = object.name
  model.commit()
}

export function duplicate(model) {
  const object = model.selected
  if (!object) return
  const { objects } = model.trajectory
  const copy = { ...structuredClone(object), ...pick(newObject(objects, object.shape, 0, 0)) }
  copy.shape = structuredClone(object.shape)
  copy.name = freeName(object.name, objects.map((one) => one.name))
  copy.colour = freeColour(objects)
  copy.position.forEach((key) => Object.assign(key, { x: Math.min(10, key.x + 0.04), y: Math.min(10, key.y + 0.04) }))
  objects.unshift(copy)
  model.view.selected = copy.name
  model.commit()
}

const pick = ({ locked }) => ({ locked })

export function removeObject(model) {
  const object = model.selected
  if (!object) return
  if (object.locked) return model.say(`${object.name} is locked.`)
  model.trajectory.objects = model.trajectory.objects.filter((one) => one !== object)
  model.view.selected = null
  model.commit()
}

/** Rows of keyframes in time: of the selected object, and of the camera. */
export function timeline(model) {
  const channels = model.selected ? ['position', 'scale', 'rotation', 'visible', 'camera'] : ['camera']
  return channels.map((channel) => timelineRow(model, channel))
}

function timelineRow(model, channel) {
  const track = element('div', { class: 'mv-track' }, element('span', { class: 'mv-playhead' }))
  const keys = model.keysOf(channel)
  keys.forEach((key, index) => track.append(keyButton(model, channel, keys, index, track)))
  const add = button(icon('key'), `Set or remove a ${channel} keyframe at this frame`, () => toggleKey(model, channel), { class: 'mv-key-toggle' })
  const easing = channel === 'visible' ? element('span', { class: 'mv-easing' }) : easingChoice(model, keys, `In time: easing of ${channel}`)
  const label = element('div', { class: 'mv-row' }, element('span', { class: 'mv-channel' }, channel), add)
  return element('div', { class: 'mv-timeline-row' }, label, track, easing)
}

function keyButton(model, channel, keys, index, track) {
  const key = keys[index]
  const frame = nearestFrame(key.time, model.frames)
  const shape = channel === 'visible' ? (key.visible ? 'on' : 'off') : key.easing
  const made = button('', `${channel} keyframe at frame ${frame}, ${shape}: arrows move it, Delete removes it`, () => model.goTo(frame), { class: `mv-key mv-${shape}`, 'data-index': index })
  made.style.left = `${key.time * 100}%`
  made.addEventListener('keydown', (event) => keyPressed(event, model, channel, keys, index))
  made.addEventListener('pointerdown', (event) => dragKey(event, model, keys, index, track, made))
  return made
}

function keyPressed(event, model, channel, keys, index) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (step) moveKey(keys, index, nearestFrame(keys[index].time, model.frames) + step, model.frames)
  else if (event.key === 'Delete' || event.key === 'Backspace') {
    if (!removeKey(channel, keys, index)) model.say('A position keeps one keyframe.')
  } else return
  event.preventDefault()
  event.stopPropagation()
  model.refocus = `${channel} ${index}`
  model.commit()
}

function dragKey(down, model, keys, index, track, made) {
  if (down.button !== 0) return
  made.setPointerCapture(down.pointerId)
  const box = track.getBoundingClientRect()
  let moved = false
  made.onpointermove = (event) => {
    if (!moved && Math.abs(event.clientX - down.clientX) < 3) return
    moved = true
    moveKey(keys, index, Math.round(((event.clientX - box.left) / box.width) * (model.frames - 1)), model.frames)
    made.style.left = `${keys[index].time * 100}%`
    model.notify('tool') // the lists stay: new ones would take the pointer away
  }
  made.onpointerup = () => {
    made.onpointermove = null
    if (moved) model.commit()
  }
}

function hex(colour) {
  return `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
