/** Places of a mask trajectory: matrices, outlines, and what is under the pointer. As mask_tools/trajectory_render.py.
 *
 * Matrices are those of matrix.js. `size` is {width, height} in pixels, any unit that both share.
 */

import { apply, inverse, multiply, scaledRotation } from './matrix.js'
import { valuesAt } from './trajectory_keys.js'

export { apply, inverse, multiply, scaledRotation }

export const ROUND_POINTS = 120
export const IDENTITY = [1, 0, 0, 1, 0, 0]

/** From an object's shape to pixels, without the camera. */
export function objectMatrix(object, time, size) {
  const { x, y } = valuesAt('position', object.position, time)
  const { scale } = valuesAt('scale', object.scale, time)
  const { rotation } = valuesAt('rotation', object.rotation, time)
  const matrix = scaledRotation(scale * Math.min(size.width, size.height), rotation)
  return [...matrix.slice(0, 4), x * size.width, y * size.height]
}

/** p -> middle + zoom R(-roll) (p - looked at). */
export function cameraMatrix(camera, time, size) {
  const { x, y, zoom, roll } = valuesAt('camera', camera, time)
  const matrix = scaledRotation(zoom, -roll)
  const [dx, dy] = apply(matrix, [x * size.width, y * size.height])
  return [...matrix.slice(0, 4), size.width / 2 - dx, size.height / 2 - dy]
}

/** The corners of a shape around its origin, [[x, y]..]; of a bitmap or a brush, those of its frame. */
export function outline(shape) {
  if (shape.kind === 'polygon') return shape.points
  if (shape.kind === 'brush') return rectangleAround(shape)
  const [x, y] = [shape.width / 2, shape.height / 2]
  if (shape.kind !== 'ellipse') return [[-x, -y], [x, -y], [x, y], [-x, y]]
  return Array.from({ length: ROUND_POINTS }, (_, i) => {
    const turn = (i * 2 * Math.PI) / ROUND_POINTS
    return [x * Math.cos(turn), y * Math.sin(turn)]
  })
}

function rectangleAround(shape) {
  const { x0, y0, x1, y1 } = bounds(shape)
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

/** The rectangle around a shape. */
export function bounds(shape) {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity }
  const add = ([x, y], r = 0) => {
    box.x0 = Math.min(box.x0, x - r)
    box.y0 = Math.min(box.y0, y - r)
    box.x1 = Math.max(box.x1, x + r)
    box.y1 = Math.max(box.y1, y + r)
  }
  if (shape.kind === 'brush') shape.strokes.forEach((one) => one.points.forEach((point) => add(point, one.radius)))
  else outline(shape).forEach((point) => add(point))
  return box
}

/** Whether a point of the shape's own coordinates is in it; `margin` makes thin ones easier to hit. */
export function contains(shape, point, margin = 0) {
  if (shape.kind === 'polygon') return insideEvenOdd(shape.points, point)
  if (shape.kind === 'ellipse') {
    return (point[0] / (shape.width / 2 + margin)) ** 2 + (point[1] / (shape.height / 2 + margin)) ** 2 <= 1
  }
  if (shape.kind === 'brush') return onStrokes(shape.strokes, point, margin)
  return Math.abs(point[0]) <= shape.width / 2 + margin && Math.abs(point[1]) <= shape.height / 2 + margin
}

export function insideEvenOdd(points, [x, y]) {
  let inside = false
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [points[i], points[j]]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

function onStrokes(strokes, point, margin) {
  let on = false
  for (const stroke of strokes) {
    if (distanceToLine(stroke.points, point) <= stroke.radius + (stroke.erase ? 0 : margin)) on = !stroke.erase
  }
  return on
}

/** How far a point is from a line through points. */
export function distanceToLine(points, [x, y]) {
  let least = Infinity
  points.forEach(([x0, y0], i) => {
    const [x1, y1] = points[Math.min(i + 1, points.length - 1)]
    const [dx, dy] = [x1 - x0, y1 - y0]
    const u = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)))
    least = Math.min(least, Math.hypot(x - x0 - u * dx, y - y0 - u * dy))
  })
  return least
}

/** Fewer points of a line, none left out that is further than `tolerance` from what remains (Douglas and Peucker). */
export function simplified(points, tolerance) {
  if (points.length < 3) return points
  const keep = new Set([0, points.length - 1])
  const open = [[0, points.length - 1]]
  while (open.length) {
    const [first, last] = open.pop()
    let [worst, distance] = [-1, tolerance]
    for (let i = first + 1; i < last; i++) {
      const away = distanceToLine([points[first], points[last]], points[i])
      if (away > distance) [worst, distance] = [i, away]
    }
    if (worst >= 0) {
      keep.add(worst)
      open.push([first, worst], [worst, last])
    }
  }
  return points.filter((_, i) => keep.has(i))
}

/** A shape drawn anywhere, with its middle moved to the origin: {shape, middle}. */
export function centred(shape) {
  const { x0, y0, x1, y1 } = bounds(shape)
  const middle = [(x0 + x1) / 2, (y0 + y1) / 2]
  const shift = ([x, y]) => [x - middle[0], y - middle[1]]
  if (shape.kind === 'polygon') return { shape: { ...shape, points: shape.points.map(shift) }, middle }
  const strokes = shape.strokes.map((one) => ({ ...one, points: one.points.map(shift) }))
  return { shape: { ...shape, strokes }, middle }
}

/** The object of the list that is under a point of the picture at a time, front first; -1 for none. */
export function objectUnder(objects, point, size, camera, there, time) {
  const margin = 6 / Math.min(size.width, size.height)
  return objects.findIndex((object, i) => {
    if (!there(object, i)) return false
    const matrix = multiply(camera, objectMatrix(object, time, size))
    return contains(object.shape, apply(inverse(matrix), point), margin)
  })
}
