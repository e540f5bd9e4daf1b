/** What the pointer does in the picture: one gesture from press to release, for the tool of the moment. */

import { keysAlong, nearestFrame } from './trajectory_keys.js'
import { apply, centred, inverse, objectUnder, simplified } from './trajectory_geometry.js'
import { newObject } from './trajectory_file.js'
import { HANDLE_PX } from './trajectory_stage.js'
import { panning } from './viewport.js'

export const TOOLS = [
  ['select', 'V', 'Move: drag an object, its frame’s corner to scale, its knob to turn; Alt moves the whole way'],
  ['path', 'P', 'Draw way: drag the way of the selected object'],
  ['curve', 'U', 'Curve: click the points of the way, Enter ends it'],
  ['ellipse', 'E', 'Ellipse: drag from corner to corner'],
  ['rectangle', 'R', 'Rectangle: drag from corner to corner'],
  ['polygon', 'G', 'Polygon: click its corners, Enter ends it'],
  ['lasso', 'L', 'Lasso: draw the outline'],
  ['brush', 'B', 'Brush: paint an object; on the selected painted object it adds to it'],
  ['eraser', 'X', 'Eraser: takes away from the selected painted object']
]
const LEAST_PX = 3
const CLICKED = new Set(['polygon', 'curve'])

/** Connects the pointer to the model; gives {finish, cancel} for the keyboard. */
export function connectTools(canvas, stage, model) {
  let gesture = null

  function press(event) {
    if (event.button === 1 || (event.ctrlKey && event.button === 0 && event.type === 'wheel')) return
    const pans = event.button === 2 || event.shiftKey && model.view.tool === 'select' && !hit(event)
    canvas.setPointerCapture(event.pointerId)
    event.stopPropagation()
    gesture = pans ? panning(event, stage, model) : (STARTS[model.view.tool] ?? selecting)(event)
    stage.follow(gesture?.object ?? null)
  }

  function move(event) {
    if (model.draft && CLICKED.has(model.draft.kind) && !gesture) return
    if (!gesture) return
    gesture.move?.(event)
    stage.invalidate()
  }

  function release(event) {
    const ended = gesture
    gesture = null
    stage.follow(null)
    ended?.end?.(event)
    stage.invalidate()
  }

  const pointOf = (event) => stage.pointOf(event)
  /** The pointer in the world, without the camera of this moment. */
  const worldOf = (event) => apply(inverse(model.cameraAt()), pointOf(event))
  const fraction = ([x, y]) => [x / model.size.width, y / model.size.height]

  function hit(event) {
    const objects = model.trajectory.objects
    const shown = (object) => model.isShown(object) && !object.locked
    const index = objectUnder(objects, pointOf(event), model.size, model.cameraAt(), shown, model.time)
    return objects[index] ?? null
  }

  function near(event, [x, y], px = HANDLE_PX + 3) {
    const box = canvas.getBoundingClientRect()
    const ratio = canvas.width / box.width
    return Math.hypot((event.clientX - box.left) * ratio - x, (event.clientY - box.top) * ratio - y) < px * stage.pixel()
  }

  function selecting(event) {
    const chosen = model.selected
    if (chosen && !chosen.locked && model.isShown(chosen)) {
      const { corner, turn } = stage.handles(stage.viewMatrix(), chosen)
      if (near(event, corner)) return scaling(event, chosen)
      if (near(event, turn)) return turning(event, chosen)
      const key = event.altKey ? -1 : keyUnder(event, chosen)
      if (key >= 0) return draggingKey(chosen, key)
    }
    const under = hit(event)
    model.select(under?.name ?? null)
    return under ? dragging(event, under) : null
  }

  function keyUnder(event, object) {
    if (object.position.length < 2) return -1
    const view = stage.viewMatrix()
    return object.position.findIndex((key) => near(event, stage.placeAt(view, object, key.time), HANDLE_PX))
  }

  /** Drag one keyframe of the way, wherever the playhead is. */
  function draggingKey(object, index) {
    model.goTo(nearestFrame(object.position[index].time, model.frames))
    return {
      object,
      move(event) {
        const [x, y] = fraction(worldOf(event))
        Object.assign(object.position[index], { x: bounded(x), y: bounded(y) })
      },
      end: () => model.commit()
    }
  }

  function dragging(start, object) {
    const from = fraction(worldOf(start))
    const before = object.position.map((key) => ({ ...key }))
    const { x, y } = model.valueOf('position', object)
    let moved = false
    return {
      object,
      move(event) {
        const to = fraction(worldOf(event))
        const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
        if (!moved && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < LEAST_PX) return
        moved = true
        if (event.altKey) object.position = before.map((key) => ({ ...key, x: bounded(key.x + dx), y: bounded(key.y + dy) }))
        else {
          object.position = before.map((key) => ({ ...key }))
          model.set('position', { x: bounded(x + dx), y: bounded(y + dy) }, object)
        }
      },
      end: () => moved && model.commit()
    }
  }

  /** Scaling and turning go about the object's origin, as seen on the screen. */
  function aroundOrigin(object, change) {
    const origin = () => apply(model.cameraAt(), middleOf(object))
    return {
      object,
      move(event) {
        const [x, y] = pointOf(event)
        const [cx, cy] = origin()
        change(x - cx, y - cy, event)
      },
      end: () => model.commit()
    }
  }

  function middleOf(object) {
    const { x, y } = model.valueOf('position', object)
    return [x * model.size.width, y * model.size.height]
  }

  function scaling(start, object) {
    const { scale } = model.valueOf('scale', object)
    const [cx, cy] = apply(model.cameraAt(), middleOf(object))
    const [px, py] = pointOf(start)
    const distance = Math.max(1e-3, Math.hypot(px - cx, py - cy))
    return aroundOrigin(object, (dx, dy) => {
      const wanted = (scale * Math.hypot(dx, dy)) / distance
      model.set('scale', { scale: Math.min(20, Math.max(0.01, wanted)) }, object)
    })
  }

  function turning(start, object) {
    const { rotation } = model.valueOf('rotation', object)
    const [cx, cy] = apply(model.cameraAt(), middleOf(object))
    const [px, py] = pointOf(start)
    let last = Math.atan2(py - cy, px - cx)
    let turned = 0
    return aroundOrigin(object, (dx, dy, event) => {
      const now = Math.atan2(dy, dx)
      turned += (((now - last) * 180) / Math.PI + 540) % 360 - 180
      last = now
      const wanted = rotation + turned
      model.set('rotation', { rotation: event.shiftKey ? Math.round(wanted / 15) * 15 : wanted }, object)
    })
  }

  function drawing(event, kind, end, radius = 0) {
    const draft = { kind, points: [pointOf(event)], radius }
    model.draft = draft
    return {
      move(moved) {
        draft.points.push(pointOf(moved))
      },
      end() {
        model.draft = null
        end(draft.points)
      }
    }
  }

  /** Way of the selected object, at an even pace from its start to its end. */
  function setWay(points) {
    const object = model.selected
    const { width, height } = model.size
    const places = points.map((point) => fraction(apply(inverse(model.cameraAt()), point)))
    const keys = keysAlong(places.map(([x, y]) => [bounded(x), bounded(y)]), object.start, object.end, width / height)
    if (keys.length < 2) return model.say('The way needs two points at different places: drag further.')
    object.position = keys
    model.commit()
  }

  function pathing(event, start) {
    if (!model.selected) selecting(event)
    if (!model.selected) return model.say('Draw or choose an object first, then its way.') ?? null
    if (model.selected.locked) return model.say(`${model.selected.name} is locked.`) ?? null
    return start()
  }

  const tolerance = () => 2.5 * stage.unit()

  /** A new object from points of the picture; its shape is that of this moment under the camera. */
  function add(kind, points, radius) {
    const short = Math.min(model.size.width, model.size.height)
    const local = points.map((point) => apply(inverse(model.cameraAt()), point).map((value) => value / short))
    const zoom = Math.hypot(model.cameraAt()[0], model.cameraAt()[1])
    const drawn = shapeFrom(kind, local, radius ? radius / short / zoom : 0)
    if (!drawn) return model.say('Too small: drag further.')
    const { width, height } = model.size
    const x = bounded((drawn.middle[0] * short) / width)
    const y = bounded((drawn.middle[1] * short) / height)
    const object = newObject(model.trajectory.objects, drawn.shape, x, y)
    model.trajectory.objects.unshift(object)
    model.view.selected = object.name
    model.commit()
  }

  function boxed(kind) {
    return (event) => drawing(event, kind, (points) => add(kind, [points[0], points[points.length - 1]]))
  }

  function painting(event, erase) {
    const object = model.selected
    const onto = object?.shape.kind === 'brush' && !object.locked && model.isShown(object)
    if (erase && !onto) return model.say('Choose an object that was painted with the brush first.') ?? null
    const radius = (model.view.brush / 2) * Math.min(model.size.width, model.size.height)
    return drawing(event, erase ? 'eraser' : 'brush', (points) => {
      const fewer = simplified(points, 0.7 * stage.unit())
      if (onto) addStroke(object, fewer, radius, erase)
      else add('brush', fewer, radius)
    }, radius)
  }

  function addStroke(object, points, radius, erase) {
    const matrix = model.matrixOf(object)
    const back = inverse(matrix)
    const local = radius / Math.hypot(matrix[0], matrix[1])
    const placed = points.map((point) => apply(back, point).map((value) => Math.min(4, Math.max(-4, value))))
    object.shape.strokes.push({ radius: Math.min(4, Math.max(0.001, local)), points: placed, erase })
    model.commit()
  }

  /** Polygon and curve: a click is a point, Enter or a double click ends them. */
  function clicking(event, kind) {
    if (model.draft?.kind !== kind) model.draft = { kind, points: [] }
    model.draft.points.push(pointOf(event))
    return null
  }

  function finish() {
    const draft = model.draft
    if (!draft || !CLICKED.has(draft.kind)) return false
    model.draft = null
    const points = draft.points.filter((point, i) => !i || Math.hypot(point[0] - draft.points[i - 1][0], point[1] - draft.points[i - 1][1]) > 1e-6)
    if (draft.kind === 'curve') setWay(points)
    else if (points.length < 3) model.say('A polygon needs three corners: click more of them.')
    else add('polygon', points)
    stage.invalidate()
    return true
  }

  function cancel() {
    const drawn = model.draft !== null
    model.draft = null
    stage.invalidate()
    return drawn
  }

  const STARTS = {
    select: selecting,
    path: (event) => pathing(event, () => drawing(event, 'path', (points) => setWay(simplified(points, tolerance())))),
    curve: (event) => pathing(event, () => clicking(event, 'curve')),
    ellipse: boxed('ellipse'),
    rectangle: boxed('rectangle'),
    polygon: (event) => clicking(event, 'polygon'),
    lasso: (event) => drawing(event, 'lasso', (points) => add('polygon', simplified(points, 0.7 * stage.unit()))),
    brush: (event) => painting(event, false),
    eraser: (event) => painting(event, true)
  }

  canvas.addEventListener('pointerdown', press)
  canvas.addEventListener('pointermove', move)
  canvas.addEventListener('pointerup', release)
  canvas.addEventListener('pointercancel', release)
  canvas.addEventListener('dblclick', finish)
  canvas.addEventListener('contextmenu', (event) => event.preventDefault())
  return { finish, cancel, addDefault: (kind) => addDefault(model, kind) }
}

/** A shape in the middle of the picture, for those who use no pointer. */
export function addDefault(model, kind) {
  const { x, y } = { x: 0.5, y: 0.5 }
  const shape = { kind, width: 0.4, height: kind === 'ellipse' ? 0.4 : 0.3 }
  const object = newObject(model.trajectory.objects, shape, x, y)
  model.trajectory.objects.unshift(object)
  model.view.selected = object.name
  model.commit()
}

/** {shape, middle} from points in units of the shorter side, null where it would have no size. */
export function shapeFrom(kind, points, radius = 0) {
  if (kind === 'brush') return centred({ kind, strokes: [{ radius: clamp(radius), points: kept(points), erase: false }] })
  if (kind === 'polygon') return points.length < 3 ? null : bounding(centred({ kind, points: kept(points) }))
  const [[x0, y0], [x1, y1]] = points
  const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)]
  if (width < 0.005 || height < 0.005) return null
  return { shape: { kind, width: Math.min(width, 4), height: Math.min(height, 4) }, middle: [(x0 + x1) / 2, (y0 + y1) / 2] }
}

function bounding(made) {
  const [xs, ys] = [0, 1].map((axis) => made.shape.points.map((point) => point[axis]))
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys))
  return size < 0.005 ? null : made
}

const kept = (points) => points.map((point) => point.map((value) => Math.min(4, Math.max(-4, value))))
const clamp = (radius) => Math.min(4, Math.max(0.001, radius))
const bounded = (value) => Math.min(10, Math.max(-10, value))

