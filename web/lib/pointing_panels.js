/** The lists of the pointing editor: objects, the chosen one's points and boxes. All reached by keyboard. */

import { button, element, numberField } from './dom.js'
import { icon } from './icons.js'
import { moveBy, setBox } from './pointing_objects.js'

const MOST_ROWS = 120
const SHARE = { min: 0, max: 1, step: 0.01 }
const SIDES = ['left', 'top', 'right', 'bottom']

/** Every object as a button in its colour, the chosen one's name, and what adds and removes. */
export function objectBar(model) {
  const chips = model.objects.map((object) => objectChip(model, object))
  const add = button(icon('add'), 'Add an object (O)', () => model.newObject(), { class: 'mv-add', 'data-key': 'add', disabled: Boolean(model.refusal) })
  return [element('div', { class: 'mv-chips', role: 'group', 'aria-label': 'Objects' }, ...chips, add), ...chosenFields(model)]
}

function objectChip(model, object) {
  const chosen = object === model.selected
  const square = element('span', { class: 'mv-colour', 'aria-hidden': 'true' })
  square.style.background = `rgb(${model.colourOf(object).join()})`
  const counts = `${object.points.length ? ` ${object.points.length}•` : ''}${object.boxes.length ? ` ${object.boxes.length}▭` : ''}`
  const title = `Choose ${object.name}: ${object.points.length} points, ${object.boxes.length} boxes`
  const name = element('span', { class: 'mv-chip-name' }, object.name)
  const made = button(square, title, () => model.select(object), { class: 'mv-chip', 'aria-pressed': String(chosen), 'data-key': `object ${object.name}` })
  made.append(name, element('span', { class: 'mv-count' }, counts))
  return made
}

function chosenFields(model) {
  const object = model.selected
  if (!object) return []
  const name = element('input', {
    type: 'text', value: object.name, maxlength: 80, disabled: Boolean(model.refusal), 'data-key': 'name', 'aria-label': `Name of ${object.name}`, title: 'Its name', class: 'mv-rename',
    onchange: (event) => model.rename(object, event.target.value)
  })
  const remove = button(icon('remove'), `Delete ${object.name} with all its points and boxes`, () => model.removeObject(object), { 'data-key': 'remove', disabled: Boolean(model.refusal) })
  return [element('div', { class: 'mv-row mv-chosen-object' }, name, remove)]
}

/** What the chosen object has, frame by frame; only where there is room for it. */
export function promptList(model) {
  const object = model.selected
  if (!object) return element('p', { class: 'mv-hint' }, 'Click the object in the picture, or drag a box around it.')
  const rows = rowsOf(model, object)
  const more = rows.length > MOST_ROWS ? element('p', { class: 'mv-hint' }, `… and ${rows.length - MOST_ROWS} more`) : null
  return element('section', { 'aria-label': `Points and boxes of ${object.name}` }, element('h4', {}, `Points and boxes of ${object.name}`), adders(model), ...rows.slice(0, MOST_ROWS), more)
}

/** For those who use no pointer: in the middle, moved by keys or numbers from there. */
function adders(model) {
  const disabled = Boolean(model.refusal)
  return element(
    'div', { class: 'mv-row' }, 'add',
    button(icon('plus'), 'Add a point in the middle (P)', () => model.point([0.5, 0.5], 1), { disabled, 'data-key': 'add point' }),
    button(icon('minus'), 'Add a negative point in the middle: not the object (N)', () => model.point([0.5, 0.5], 0), { disabled, 'data-key': 'add negative point' }),
    button(icon('box'), 'Add a box in the middle (B)', () => model.box([0.3, 0.3, 0.7, 0.7]), { disabled, 'data-key': 'add box' })
  )
}

function rowsOf(model, object) {
  const rank = (one) => one.frame * 4 + (one.box ? 0 : 2 - one.label)
  const prompts = [...object.boxes, ...object.points].sort((a, b) => rank(a) - rank(b))
  return prompts.map((prompt, place) => promptRow(model, object, prompt, place))
}

function promptRow(model, object, prompt, place) {
  const chosen = prompt === model.prompt
  const kind = prompt.box ? 'box' : prompt.label ? 'plus' : 'minus'
  const what = prompt.box ? 'box' : prompt.label ? 'point' : 'negative point'
  const open = () => {
    model.goTo(prompt.frame)
    model.select(object, prompt)
  }
  const title = `Choose the ${what} on frame ${prompt.frame}`
  const label = button(icon(kind), title, open, { class: 'mv-name', 'aria-pressed': String(chosen), 'data-key': `prompt ${place}` })
  label.append(` ${what}, frame ${prompt.frame}`)
  const remove = button(icon('remove'), `Delete the ${what} on frame ${prompt.frame}`, () => model.remove(object, prompt), { 'data-key': `delete ${place}`, disabled: Boolean(model.refusal) })
  const row = element('div', { class: `mv-object${chosen ? ' mv-chosen' : ''}` }, label, remove)
  return chosen ? element('div', {}, row, prompt.box ? boxFields(model, object, prompt) : pointFields(model, prompt)) : row
}

function pointFields(model, point) {
  const change = (name) => (value) => {
    moveBy(point, name === 'x' ? value - point.x : 0, name === 'y' ? value - point.y : 0)
    model.commit()
  }
  const flip = button(point.label ? 'Make it a negative point' : 'Make it a point', 'Whether it is the object or not (X)', () => model.flip(point), { 'data-key': 'flip' })
  return fieldset(model, element('div', { class: 'mv-pair' }, ...['x', 'y'].map((name) => keyed(numberField(name, shown(point[name]), SHARE, change(name)), name))), flip)
}

function boxFields(model, object, prompt) {
  const fields = SIDES.map((name, place) => {
    const change = (value) => {
      model.select(object, setBox(object, prompt.frame, prompt.box.map((side, i) => (i === place ? value : side))))
      model.commit()
    }
    return keyed(numberField(name, shown(prompt.box[place]), SHARE, change), name)
  })
  return fieldset(model, element('div', { class: 'mv-pair' }, ...fields))
}

function fieldset(model, ...children) {
  return element('fieldset', { class: 'mv-fields', disabled: Boolean(model.refusal) }, ...children)
}

function keyed(made, key) {
  made.querySelector('input').setAttribute('data-key', key)
  return made
}

const shown = (value) => Number(value.toFixed(4))

/** Make a list anew; the control that had the focus has it again. */
export function refill(place, children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : null
  place.replaceChildren(...children)
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true })
}
