/** The JSON of a mask trajectory in the browser: read, checked, written. As mask_tools/trajectory.py, which is the truth. */

import { EASINGS } from './trajectory_keys.js'

export const FORMAT = 'maskvideo trajectory'
export const VERSION = 1
export const MOST_CHARACTERS = 100000
export const MOST_OBJECTS = 200
export const PALETTE = [
  [230, 75, 53],
  [77, 187, 213],
  [0, 160, 135],
  [243, 180, 52],
  [132, 91, 180],
  [145, 209, 90],
  [240, 110, 170],
  [60, 84, 200]
]
const MOST_KEYS = 2000
const MOST_POINTS = 4000
const RANGES = {
  time: [0, 1],
  x: [-10, 10],
  y: [-10, 10],
  scale: [0.01, 20],
  zoom: [0.01, 20],
  rotation: [-36000, 36000],
  roll: [-36000, 36000]
}
const KEY_FIELDS = {
  position: { x: null, y: null },
  scale: { scale: null },
  rotation: { rotation: null },
  visible: { visible: null },
  camera: { x: 0.5, y: 0.5, zoom: 1, roll: 0 }
}
const SHAPE_FIELDS = {
  ellipse: ['width', 'height'],
  rectangle: ['width', 'height'],
  polygon: ['points'],
  brush: ['strokes'],
  bitmap: ['file', 'width', 'height']
}
const OBJECT_KEYS = ['name', 'colour', 'shape', 'position', 'scale', 'rotation', 'visible', 'start', 'end', 'locked']

export class TrajectoryError extends Error {}

export function emptyTrajectory() {
  return { objects: [], camera: [] }
}

/** A trajectory with every default filled in. An empty text is an empty one; throws TrajectoryError for a wrong one. */
export function readTrajectory(text) {
  if (typeof text !== 'string' || !text.trim()) return emptyTrajectory()
  if (text.length > MOST_CHARACTERS) {
    fail(`it is ${text.length} characters of JSON, more than ${MOST_CHARACTERS}`)
  }
  const values = parse(text)
  if (!isRecord(values) || values.format !== FORMAT) fail(`it is no JSON of format "${FORMAT}"`)
  if (values.version !== VERSION) fail(`it is of version ${String(values.version)}, this MaskVideo reads ${VERSION}`)
  onlyKeys('the trajectory', values, ['format', 'version', 'objects', 'camera'])
  if (!Array.isArray(values.objects)) fail('it has no list of objects')
  if (values.objects.length > MOST_OBJECTS) fail(`it has more than ${MOST_OBJECTS} objects`)
  const objects = values.objects.map(readObject)
  const names = new Set(objects.map((one) => one.name))
  if (names.size < objects.length) fail('two objects have one name')
  return { objects, camera: readKeys('camera', given(values.camera, [])) }
}

/** The JSON text, keys always in one order: the history compares texts. */
export function writeTrajectory({ objects, camera }) {
  const ordered = objects.map((one) => Object.fromEntries(OBJECT_KEYS.map((key) => [key, one[key]])))
  return JSON.stringify(rounded({ format: FORMAT, version: VERSION, objects: ordered, camera }))
}

function written(number) {
  return Math.round(number * 1e6) / 1e6
}

/** Six digits after the point say a pixel of any picture. */
function rounded(value) {
  if (typeof value === 'number') return written(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]))
  return value
}

/** "ball", or with the next number that makes it unique: "ball 2". */
export function freeName(name, taken) {
  const [, stem, number] = /^(.*?)(?: (\d{1,9}))?$/.exec(name)
  let free = name
  for (let counter = Number(number ?? 1) + 1; taken.includes(free); counter++) free = `${stem} ${counter}`
  return free
}

/** The first colour of the palette that no object has. */
export function freeColour(objects) {
  const taken = new Set(objects.map((one) => one.colour.join()))
  return PALETTE.find((colour) => !taken.has(colour.join())) ?? PALETTE[objects.length % PALETTE.length]
}

/** A new object with its shape at a place. */
export function newObject(objects, shape, x, y) {
  const name = freeName('object 1', objects.map((one) => one.name))
  const position = [{ time: 0, x, y, easing: 'smooth' }]
  return {
    name, colour: freeColour(objects), shape, position,
    scale: [], rotation: [], visible: [], start: 0, end: 1, locked: false
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    return fail(`it is not readable JSON (${error.message})`)
  }
}

function readObject(values, index) {
  const where = `object ${index + 1}`
  if (!isRecord(values)) fail(`${where} is no object`)
  onlyKeys(where, values, OBJECT_KEYS)
  if (typeof values.name !== 'string' || !values.name.trim()) fail(`${where} has no name`)
  const object = {
    name: values.name,
    colour: readColour(where, given(values.colour, PALETTE[index % PALETTE.length])),
    shape: readShape(where, values.shape),
    start: within(`start of ${where}`, given(values.start, 0), 0, 1),
    end: within(`end of ${where}`, given(values.end, 1), 0, 1),
    locked: readFlag(`locked of ${where}`, values.locked)
  }
  for (const channel of ['position', 'scale', 'rotation', 'visible']) {
    object[channel] = readKeys(channel, given(values[channel], []), where)
  }
  if (!object.position.length) fail(`${where} has no position`)
  if (object.end < object.start) fail(`the end of ${where} comes before its start`)
  return object
}

function readColour(where, colour) {
  const fine = Array.isArray(colour) && colour.length === 3 && colour.some((one) => one > 0)
  if (!fine || !colour.every((one) => Number.isInteger(one) && one >= 0 && one <= 255)) fail(`${where} has no colour`)
  return colour
}

function readShape(where, shape) {
  if (!isRecord(shape) || !Object.hasOwn(SHAPE_FIELDS, shape.kind)) {
    fail(`${where} has no shape of ${Object.keys(SHAPE_FIELDS).join(', ')}`)
  }
  onlyKeys(`the shape of ${where}`, shape, ['kind', ...SHAPE_FIELDS[shape.kind]])
  if (shape.kind === 'polygon') return { kind: shape.kind, points: readPoints(where, shape.points, 3) }
  if (shape.kind === 'brush') return { kind: shape.kind, strokes: readStrokes(where, shape.strokes) }
  if (shape.kind === 'bitmap' && (typeof shape.file !== 'string' || !shape.file.trim())) fail(`${where} names no file`)
  for (const side of ['width', 'height']) within(`${side} of ${where}`, shape[side], 0.001, 4)
  return { ...shape }
}

function readStrokes(where, strokes) {
  if (!Array.isArray(strokes) || !strokes.length) fail(`${where} has no strokes`)
  return strokes.map((one) => {
    if (!isRecord(one)) fail(`${where} has a stroke that is none`)
    onlyKeys(`a stroke of ${where}`, one, ['radius', 'points', 'erase'])
    within(`a radius of ${where}`, one.radius, 0.001, 4)
    return { radius: one.radius, points: readPoints(where, one.points, 1), erase: readFlag(`erase of ${where}`, one.erase) }
  })
}

function readPoints(where, points, least) {
  if (!Array.isArray(points) || points.length < least) fail(`${where} has fewer than ${least} points`)
  if (points.length > MOST_POINTS) fail(`${where} has more than ${MOST_POINTS} points`)
  return points.map((point) => {
    if (!Array.isArray(point) || point.length !== 2) fail(`${where} has a point that is not two numbers`)
    return point.map((value) => within(`a point of ${where}`, value, -4, 4))
  })
}

function readKeys(channel, keys, where = 'the camera') {
  if (!Array.isArray(keys)) fail(`${channel} of ${where} is no list`)
  if (keys.length > MOST_KEYS) fail(`${channel} of ${where} has more than ${MOST_KEYS} keyframes`)
  const read = keys.map((key) => readKey(channel, key, `${channel} of ${where}`))
  read.forEach((key, i) => {
    if (i && written(key.time) <= written(read[i - 1].time)) fail(`keyframes of ${channel} of ${where} do not rise in time`)
  })
  return read
}

function readKey(channel, key, where) {
  if (!isRecord(key)) fail(`${where} has a keyframe that is none`)
  const fields = KEY_FIELDS[channel]
  onlyKeys(where, key, ['time', ...Object.keys(fields), ...(channel === 'visible' ? [] : ['easing'])])
  const read = { time: within(`time of ${where}`, key.time, ...RANGES.time) }
  for (const [field, preset] of Object.entries(fields)) {
    const value = given(key[field], preset)
    if (field === 'visible' && typeof value !== 'boolean') fail(`visible of ${where} is neither true nor false`)
    read[field] = field === 'visible' ? value : within(`${field} of ${where}`, value, ...RANGES[field])
  }
  if (channel === 'visible') return read
  read.easing = given(key.easing, 'smooth')
  if (!EASINGS.includes(read.easing)) fail(`easing of ${where} is not one of ${EASINGS.join(', ')}`)
  return read
}

/** The preset stands for what is left out, not for null. */
function given(value, preset) {
  return value === undefined ? preset : value
}

function readFlag(what, value) {
  if (value !== undefined && typeof value !== 'boolean') fail(`${what} is neither true nor false`)
  return value === true
}

function within(what, value, low, high) {
  if (typeof value !== 'number' || !(value >= low && value <= high)) fail(`${what} is not a number ${low} to ${high}`)
  return value
}

function onlyKeys(where, values, known) {
  const unknown = Object.keys(values).find((key) => !known.includes(key))
  if (unknown !== undefined) fail(`${where} has an unknown key ${JSON.stringify(unknown)}`)
}

function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fail(message) {
  throw new TrajectoryError(`This trajectory cannot be shown: ${message}.`)
}
