/** The node's texts of points and boxes in the browser: read, checked, written. As mask_tools/prompt_json.py, which is
 * the truth.
 *
 * An object is {name, points: [{frame, x, y, label}], boxes: [{frame, box: [left, top, right, bottom]}]}, in fractions of
 * the frame; label 1 is the object, 0 is not. One box for each frame.
 */

import { isRecord, numbersOf, parseText } from './pointing_values.js'

export const MOST_CHARACTERS = 100000
export const MOST_PROMPTS = 2000
export const ONE_OBJECT = 'object 1'
/** Names that the format has another meaning for. */
export const TAKEN_WORDS = ['positive', 'negative', 'frame', 'box', 'x', 'y', 'width', 'height']
const POINT_KEYS = ['frame', 'x', 'y', 'label']
const BOX_KEYS = ['frame', 'box']
const HOST_BOX = ['x', 'y', 'width', 'height']
const DIGITS = 5

export class PromptError extends Error {}

/** The texts are in pixels, and the clip's size is not known yet. */
export class SizeError extends PromptError {}

/** texts: {points, not_points, boxes}. size: {width, height} of the clip, null where it is not known. */
export function readPrompts(texts, size) {
  const letters = Object.values(texts).reduce((sum, text) => sum + String(text ?? '').length, 0)
  if (letters > MOST_CHARACTERS) fail(`points and boxes are ${letters} characters, the editor shows up to ${MOST_CHARACTERS}`)
  const objects = new Map()
  readPoints(objects, load(texts.points, 'points'), load(texts.not_points, 'not_points'), size)
  readBoxes(objects, load(texts.boxes, 'boxes'), size)
  const found = [...objects.values()]
  const prompts = found.reduce((sum, one) => sum + one.points.length + one.boxes.length, 0)
  if (prompts > MOST_PROMPTS) fail(`there are ${prompts} points and boxes, the editor shows up to ${MOST_PROMPTS}`)
  return found
}

/** The three texts again, by name; an object without prompts keeps its place among the points. */
export function writePrompts(objects) {
  const points = objects.map((one) => [one.name, one.points.map(writePoint)])
  const boxed = objects.filter((one) => one.boxes.length)
  return { points: record(points), not_points: '', boxes: record(boxed.map((one) => [one.name, one.boxes.map(writeBox)])) }
}

/** In this order, whatever the names: an object of the language would put whole numbers first. */
function record(entries) {
  if (!entries.length) return ''
  return `{${entries.map(([name, values]) => `${JSON.stringify(name)}: ${JSON.stringify(values)}`).join(', ')}}`
}

const writePoint = ({ frame, x, y, label }) => ({ frame, x: rounded(x), y: rounded(y), label })
const writeBox = ({ frame, box }) => ({ frame, box: box.map(rounded) })

export function rounded(value) {
  return Number(value.toFixed(DIGITS))
}

function readPoints(objects, given, against, size) {
  if (isRecord(given) && Object.keys(given).length && Object.keys(given).every((key) => ['positive', 'negative'].includes(key))) {
    const { positive = [], negative = [] } = given
    ;[given, against] = [listOf(positive, 'positive'), [...listOf(negative, 'negative'), ...listOf(against, 'not_points')]]
  }
  if (!isRecord(given)) return readList(objects, listOf(given, 'points'), listOf(against, 'not_points'), size)
  if (!Array.isArray(against) || against.length) fail('points by name hold their own negative ones: not_points has to be empty')
  for (const [name, entries] of Object.entries(given)) {
    const own = objectOf(objects, name)
    for (const entry of isRecord(entries) ? [entries] : listOf(entries, name)) addPoint(own, entry)
  }
}

/** A list is one object's points; where it counts in pixels, as other packs do, it names no frame. */
function readList(objects, given, against, size) {
  const entries = [...given, ...against.map((entry) => ({ label: 0, ...recordOf(entry) }))].map(recordOf)
  const values = entries.flatMap((entry) => [entry.x, entry.y]).filter(Number.isFinite)
  const pixels = entries.every((entry) => !('frame' in entry)) && inPixels(values)
  if (pixels && !size) throw new SizeError('The points count in pixels: they are shown once the clip is known.')
  const scale = pixels ? size : { width: 1, height: 1 }
  for (const entry of entries) {
    const [x, y] = numbers(entry, ['x', 'y'], 'point')
    addPoint(objectOf(objects, ONE_OBJECT), { ...entry, x: x / scale.width, y: y / scale.height })
  }
}

function addPoint(object, entry) {
  only(recordOf(entry), POINT_KEYS, 'point')
  const [x, y] = numbers(entry, ['x', 'y'], 'point')
  const given = 'label' in entry ? entry.label : 1
  const label = typeof given === 'boolean' ? Number(given) : given
  if (label !== 0 && label !== 1) fail(`a point of ${object.name} has label ${String(entry.label)}, not 1 or 0`)
  if (!inside(x) || !inside(y)) fail(`the point (${x}, ${y}) of ${object.name} lies outside the frame, 0 to 1`)
  object.points.push({ frame: frameOf(object, entry), x, y, label })
}

function readBoxes(objects, given, size) {
  const bare = !isRecord(given) || [...HOST_BOX, ...BOX_KEYS].some((key) => Object.hasOwn(given, key))
  if (!bare) {
    for (const [name, entries] of Object.entries(given)) {
      const own = objectOf(objects, name)
      for (const entry of isRecord(entries) ? [entries] : listOf(entries, name)) addBox(own, entry, null)
    }
    return
  }
  const single = isRecord(given) || (given.length === 4 && given.every(Number.isFinite))
  const entries = single ? [given] : given
  entries.forEach((entry, place) => addBox(objectOf(objects, `object ${place + 1}`), entry, { size }))
}

/** unnamed: {size} where it may count in pixels. A later box of a frame counts. */
function addBox(object, entry, unnamed) {
  let box = entry
  if (isRecord(entry) && Object.hasOwn(entry, 'box')) {
    only(entry, BOX_KEYS, 'box')
    ;[box, unnamed] = [entry.box, null]
  }
  const frame = frameOf(object, isRecord(entry) && 'box' in entry ? entry : {})
  if (isRecord(box)) {
    const [x, y, width, height] = numbers(box, HOST_BOX, 'box')
    box = [x, y, x + width, y + height]
  }
  box = fractions(object, listOf(box, object.name), unnamed)
  object.boxes = [...object.boxes.filter((one) => one.frame !== frame), { frame, box }]
}

function fractions(object, box, unnamed) {
  if (box.length !== 4 || !box.every(Number.isFinite)) fail(`a box of ${object.name} is not [left, top, right, bottom]`)
  let sides = box
  if (unnamed && inPixels(box)) {
    if (!unnamed.size) throw new SizeError('The boxes count in pixels: they are shown once the clip is known.')
    const { width, height } = unnamed.size
    sides = [box[0] / width, box[1] / height, box[2] / width, box[3] / height]
  }
  if (!sides.every(inside)) fail(`the box [${box.join(', ')}] of ${object.name} reaches outside the frame, 0 to 1`)
  if (sides[0] >= sides[2] || sides[1] >= sides[3]) fail(`the box [${box.join(', ')}] of ${object.name} has no inside`)
  return sides
}

function objectOf(objects, name) {
  if (!isName(name)) fail(`an object's name is ${JSON.stringify(name)}: it has to be printable text`)
  if (!objects.has(name)) objects.set(name, { name, points: [], boxes: [] })
  return objects.get(name)
}

/** Printable text, as Python says it. */
export function isName(name) {
  return name.trim() !== '' && !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(name)
}

function frameOf(object, entry) {
  const frame = 'frame' in entry ? entry.frame : 0
  if (!Number.isSafeInteger(frame) || frame < 0) fail(`a frame of ${object.name} is ${String(frame)}, not a whole number from 0`)
  return frame
}

function inPixels(values) {
  const largest = Math.max(0, ...values)
  return largest > 2 || (largest > 1 && values.every(Number.isInteger))
}

const inside = (value) => value >= 0 && value <= 1

function load(text, what) {
  const value = parseText(String(text ?? ''), (reason) => fail(`${what} are no JSON (${reason})`))
  if (!Array.isArray(value) && !isRecord(value)) fail(`${what} are neither a list nor by name`)
  return value
}

function numbers(entry, names, what) {
  return numbersOf(entry, names) ?? fail(`a ${what} lacks the numbers ${names.join(', ')}`)
}

function recordOf(entry) {
  return isRecord(entry) ? entry : fail('a point is not of the form {"x": 0.4, "y": 0.5}')
}

function listOf(value, what) {
  return Array.isArray(value) ? value : fail(`what stands for ${what} is no list`)
}

function only(entry, known, what) {
  const other = Object.keys(entry).find((key) => !known.includes(key))
  if (other !== undefined) fail(`a ${what} has ${JSON.stringify(other)}: it takes ${known.join(', ')}`)
}

function fail(reason) {
  throw new PromptError(`The editor cannot show this: ${reason}. Change it as text, or start anew.`)
}
