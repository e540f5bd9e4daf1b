/** Objects with their points and boxes: found, added, moved, removed. Pure; places are fractions of the frame. */

import { PALETTE, freeName } from './trajectory_file.js'
import { TAKEN_WORDS } from './pointing_format.js'

const GOLDEN_TURN = 0.618034
const LEAST_SIDE = 0.004

/** The colour of the object at a place, as the masks have it: mask_tools/tracks.py, track_colour. */
export function trackColour(index) {
  if (index < PALETTE.length) return PALETTE[index]
  const extra = index - PALETTE.length
  const [value, saturation] = [0.95 - 0.25 * (extra % 2), 0.85 - 0.3 * (Math.floor(extra / 2) % 2)]
  return fromHsv((extra * GOLDEN_TURN) % 1, saturation, value)
}

function fromHsv(hue, saturation, value) {
  return [5, 3, 1].map((n) => {
    const k = (n + hue * 6) % 6
    return Math.round(255 * (value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1))))
  })
}

/** A new object with a name of its own, at the end. */
export function addObject(objects) {
  const name = freeName(`object ${objects.length + 1}`, objects.map((one) => one.name))
  const object = { name, points: [], boxes: [] }
  objects.push(object)
  return object
}

/** The name that an object can have instead of the wanted one; empty where nothing is left of it. */
export function usableName(wanted, others) {
  const name = wanted.replace(/[\p{C}\p{Z}]+/gu, ' ').trim().slice(0, 80).trim()
  if (!name) return ''
  // words of other formats, and numbers, which JSON in a browser puts first
  const free = TAKEN_WORDS.includes(name) || /^\d+$/.test(name) ? `object ${name}` : name
  return freeName(free, others)
}

export function promptsAt(object, frame) {
  return { points: object.points.filter((one) => one.frame === frame), box: object.boxes.find((one) => one.frame === frame) ?? null }
}

export function addPoint(object, frame, [x, y], label) {
  const point = { frame, x: bounded(x), y: bounded(y), label }
  object.points.push(point)
  return point
}

/** The box of that frame; the one that was there is replaced. */
export function setBox(object, frame, box) {
  const made = { frame, box: sortedBox(box) }
  object.boxes = [...object.boxes.filter((one) => one.frame !== frame), made]
  return made
}

/** Corners in any order, cut to the frame; at least so large that it has an inside. */
export function sortedBox([x0, y0, x1, y1]) {
  const [left, right] = side(x0, x1)
  const [top, bottom] = side(y0, y1)
  return [left, top, right, bottom]
}

function side(first, second) {
  const [low, high] = [bounded(Math.min(first, second)), bounded(Math.max(first, second))]
  if (high - low >= LEAST_SIDE) return [low, high]
  return low + LEAST_SIDE <= 1 ? [low, low + LEAST_SIDE] : [1 - LEAST_SIDE, 1]
}

/** Move a point or a box; a box keeps its size at the edge of the frame. */
export function moveBy(prompt, dx, dy) {
  if (!prompt.box) return Object.assign(prompt, { x: bounded(prompt.x + dx), y: bounded(prompt.y + dy) })
  const [x0, y0, x1, y1] = prompt.box
  const [mx, my] = [Math.min(Math.max(dx, -x0), 1 - x1), Math.min(Math.max(dy, -y0), 1 - y1)]
  prompt.box = [x0 + mx, y0 + my, x1 + mx, y1 + my]
  return prompt
}

/** Drag a corner of a box, 0 to 3 clockwise from the left top; gives the box. */
export function withCorner(box, corner, [x, y]) {
  const [x0, y0, x1, y1] = box
  const [fixedX, fixedY] = [corner === 0 || corner === 3 ? x1 : x0, corner < 2 ? y1 : y0]
  return sortedBox([fixedX, fixedY, x, y])
}

export function corners([x0, y0, x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

/** Take a point or a box out. */
export function removePrompt(object, prompt) {
  object.points = object.points.filter((one) => one !== prompt)
  object.boxes = object.boxes.filter((one) => one !== prompt)
}

/** What lies under a place of a frame: {object, prompt, part}, part 'point', 'edge' or the number of a corner; or null.
 *
 * distance([x, y]) says how far a place is away, in any unit that `reach` has too. `first` is looked at before others.
 */
export function promptUnder(objects, frame, place, distance, reach, first = null) {
  const order = [...objects].sort((a, b) => Number(b === first) - Number(a === first))
  for (const object of order) {
    const point = promptsAt(object, frame).points.findLast((one) => distance([one.x, one.y]) <= reach)
    if (point) return { object, prompt: point, part: 'point' }
  }
  for (const object of order) {
    const { box } = promptsAt(object, frame)
    const part = box && boxPart(box.box, place, distance, reach)
    if (part !== null && part !== undefined && part !== false) return { object, prompt: box, part }
  }
  return null
}

function boxPart(box, [x, y], distance, reach) {
  const corner = corners(box).findIndex((one) => distance(one) <= reach)
  if (corner >= 0) return corner
  const [x0, y0, x1, y1] = box
  const near = [Math.min(Math.max(x, x0), x1), Math.min(Math.max(y, y0), y1)]
  const edges = [[x0, near[1]], [x1, near[1]], [near[0], y0], [near[0], y1]]
  return edges.some((one) => distance(one) <= reach * 0.7) ? 'edge' : null
}

/** Every frame with prompts, rising: [{frame, places}], the places of the objects that have one there. */
export function promptFrames(objects) {
  const frames = new Map()
  objects.forEach((object, place) => {
    for (const { frame } of [...object.points, ...object.boxes]) frames.set(frame, (frames.get(frame) ?? new Set()).add(place))
  })
  return [...frames].sort((a, b) => a[0] - b[0]).map(([frame, places]) => ({ frame, places: [...places] }))
}

export function bounded(value) {
  return Math.min(1, Math.max(0, value))
}
