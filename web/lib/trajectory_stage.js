/** The picture of the editor: background, objects, onion skin, paths with a tick for each frame, handles. */

import { frameTime, valuesAt } from './trajectory_keys.js'
import { apply, bounds, multiply } from './trajectory_geometry.js'
import { needsLayer, paintShape, trace } from './trajectory_paint.js'
import { Viewport } from './viewport.js'

export const HANDLE_PX = 7
const ONION_FRAMES = 3
const OPACITY = 0.62

/** Colours as CSS. */
export function css([red, green, blue], alpha = 1) {
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`
}

export class Stage extends Viewport {
  constructor(canvas, model) {
    super(canvas, model)
    this.layer = document.createElement('canvas')
    this.kept = [document.createElement('canvas'), document.createElement('canvas')]
    this.still = null
    this.moving = null
    this.scaled = { image: null, width: 0, canvas: document.createElement('canvas') }
  }

  /** What else than the moving object is painted has changed. */
  renew() {
    this.still = null
    this.invalidate()
  }

  /** From now on only this object moves, until null comes: all else is painted once and kept. */
  follow(object) {
    this.moving = object
    this.renew()
  }

  paint() {
    const { model } = this
    const view = this.viewMatrix()
    fitCanvas(this.layer, this.canvas)
    const moving = model.trajectory.objects.includes(this.moving) ? this.moving : null
    if (moving) this.paintMoving(view, moving)
    else this.paintAll(view)
    if (model.selected) this.paintHandles(view, model.selected)
    if (model.draft) this.paintDraft(view, model.draft)
  }

  paintAll(view) {
    const { objects } = this.model.trajectory
    this.clear()
    this.paintBackground(view)
    if (this.model.view.onion) this.paintOnion(view, objects)
    this.paintObjects(view, objects)
    this.paintOutside(view)
    this.paintPaths(view, objects)
  }

  /** One object between what lies behind and before it, which two canvases keep. */
  paintMoving(view, moving) {
    const { context, model } = this
    const key = [...view, this.canvas.width, this.canvas.height].join()
    if (this.still?.key !== key) this.still = { key, ...this.paintStill(view, moving) }
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.drawImage(this.still.behind, 0, 0)
    if (model.view.onion) this.paintOnion(view, [moving])
    this.paintObjects(view, model.view.onion ? [moving, ...objectsAfter(model, moving)] : [moving])
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.drawImage(this.still.before, 0, 0)
    this.paintPaths(view, [moving])
  }

  paintStill(view, moving) {
    const { objects } = this.model.trajectory
    const place = objects.indexOf(moving)
    const others = objects.filter((one) => one !== moving)
    const behind = this.onto(this.kept[0], () => {
      this.clear()
      this.paintBackground(view)
      if (this.model.view.onion) this.paintOnion(view, others) // the moving one's ghosts lie under all objects too
      else this.paintObjects(view, objectsAfter(this.model, moving))
    })
    const before = this.onto(this.kept[1], () => {
      this.paintObjects(view, objects.slice(0, place))
      this.paintOutside(view)
      this.paintPaths(view, others)
    })
    return { behind, before }
  }

  /** Let `paint` paint on an empty canvas in place of the one that is seen. */
  onto(canvas, paint) {
    const { context } = this
    Object.assign(canvas, { width: this.canvas.width, height: this.canvas.height })
    this.context = canvas.getContext('2d')
    try {
      paint()
    } finally {
      this.context = context
    }
    return canvas
  }

  /** Objects, given front to back. */
  paintObjects(view, objects) {
    const { model } = this
    for (const object of [...objects].reverse()) {
      if (model.isShown(object)) this.paintObject(object, multiply(view, model.matrixOf(object)), OPACITY)
    }
  }

  paintBackground(view) {
    const { context, model } = this
    const { width, height } = model.size
    this.paintGround(view)
    const frames = model.background
    if (!frames.length) return
    const image = frames[Math.round(model.time * (frames.length - 1))]
    context.save()
    context.beginPath()
    context.rect(0, 0, width, height)
    context.clip()
    if (frames.length === 1) context.transform(...model.cameraAt())
    context.drawImage(this.fitted(image, width * view[0]), 0, 0, width, height)
    context.restore()
  }

  /** A large background is made smaller once, not with each frame. */
  fitted(image, width) {
    const natural = image.naturalWidth || image.width
    if (this.model.background.length > 1 || natural < 1.5 * width) return image
    const { scaled } = this
    const wanted = Math.ceil(width)
    if (scaled.image !== image || scaled.width !== wanted) {
      scaled.canvas.width = wanted
      scaled.canvas.height = Math.ceil((wanted * (image.naturalHeight || image.height)) / natural)
      scaled.canvas.getContext('2d').drawImage(image, 0, 0, scaled.canvas.width, scaled.canvas.height)
      Object.assign(scaled, { image, width: wanted })
    }
    return scaled.canvas
  }

  paintObject(object, matrix, alpha) {
    const { context, model } = this
    const image = object.shape.kind === 'bitmap' ? model.bitmap(object.shape.file, object.colour) : null
    if (!needsLayer(object.shape) && object.shape.kind !== 'brush') {
      context.setTransform(1, 0, 0, 1, 0, 0)
      context.globalAlpha = alpha
      paintShape(context, object.shape, matrix, css(object.colour), image)
      context.globalAlpha = 1
      return
    }
    const layer = this.layer.getContext('2d')
    layer.setTransform(1, 0, 0, 1, 0, 0)
    layer.clearRect(0, 0, this.layer.width, this.layer.height)
    paintShape(layer, object.shape, matrix, css(object.colour))
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.globalAlpha = alpha
    context.drawImage(this.layer, 0, 0)
    context.globalAlpha = 1
  }

  /** The frames before and after this one, the nearer the stronger. */
  paintOnion(view, objects) {
    const { model } = this
    const step = Math.max(1, Math.round(model.frames / 16))
    for (let away = ONION_FRAMES; away > 0; away--) {
      for (const frame of [model.frame - away * step, model.frame + away * step]) {
        if (frame < 0 || frame >= model.frames) continue
        const time = frameTime(frame, model.frames)
        for (const object of objects) {
          if (!model.isShown(object, time)) continue
          this.paintObject(object, multiply(view, model.matrixOf(object, time)), 0.3 / (away + 0.5))
        }
      }
    }
  }

  /** Where the object's origin is in the canvas at a time, seen by the camera of this moment. */
  placeAt(view, object, time) {
    return this.placesAt(view, object, [time])[0]
  }

  placesAt(view, object, times) {
    const matrix = multiply(view, this.model.cameraAt())
    const { width, height } = this.model.size
    return times.map((time) => {
      const { x, y } = valuesAt('position', object.position, time)
      return apply(matrix, [x * width, y * height])
    })
  }

  paintPaths(view, objects) {
    for (const object of objects) {
      if (this.model.view.solo && this.model.view.solo !== object.name) continue
      if (object.position.length > 1) this.paintPath(view, object, object === this.model.selected)
    }
  }

  paintPath(view, object, chosen) {
    const { context, model } = this
    const steps = Math.max(model.frames - 1, chosen ? 64 : 32)
    const times = Array.from({ length: steps + 1 }, (_, i) => object.start + ((object.end - object.start) * i) / steps)
    const pixel = this.pixel()
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.lineJoin = 'round'
    context.beginPath()
    this.placesAt(view, object, times).forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)))
    for (const [colour, width] of [['rgba(0, 0, 0, 0.7)', 3.5], [css(object.colour, chosen ? 1 : 0.8), 2]]) {
      context.strokeStyle = colour
      context.lineWidth = width * pixel
      context.stroke()
    }
    if (chosen) this.paintTicks(view, object)
  }

  /** A tick for each frame, larger and numbered for some; squares for the keyframes. */
  paintTicks(view, object) {
    const { context, model } = this
    const [frames, pixel] = [model.frames, this.pixel()]
    const every = Math.max(1, Math.ceil(frames / 200))
    const numbered = frames <= 20 ? 5 : Math.ceil(frames / 40) * 10
    context.font = `${11 * pixel}px sans-serif`
    for (let frame = 0; frame < frames; frame += every) {
      const time = frameTime(frame, frames)
      if (time < object.start || time > object.end) continue
      const [x, y] = this.placeAt(view, object, time)
      const large = frame % numbered === 0
      this.dot(x, y, (large ? 3.2 : 2) * pixel, '#fff')
      if (large) this.label(String(frame), x + 6 * pixel, y - 6 * pixel)
    }
    for (const key of object.position) {
      const [x, y] = this.placeAt(view, object, key.time)
      this.square(x, y, 4.5 * pixel, css(object.colour))
    }
  }

  paintHandles(view, object) {
    if (!this.model.isShown(object)) return
    const { context } = this
    const pixel = this.pixel()
    const { corners, corner, turn, top } = this.handles(view, object)
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.strokeStyle = object.locked ? '#9a9a9a' : '#fff'
    context.lineWidth = 1.25 * pixel
    context.setLineDash([5 * pixel, 4 * pixel])
    trace(context, corners)
    context.stroke()
    context.setLineDash([])
    if (object.locked) return
    context.beginPath()
    context.moveTo(...top)
    context.lineTo(...turn)
    context.stroke()
    this.square(...corner, 5 * pixel, '#fff')
    this.dot(...turn, 5.5 * pixel, '#fff')
  }

  /** The frame around the selected object in the canvas, its corner that scales and its knob that turns. */
  handles(view, object) {
    const matrix = multiply(view, this.model.matrixOf(object))
    const { x0, y0, x1, y1 } = bounds(object.shape)
    const corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map((point) => apply(matrix, point))
    const top = apply(matrix, [(x0 + x1) / 2, y0])
    const length = Math.hypot(matrix[2], matrix[3]) || 1
    const away = (24 * this.pixel()) / length
    return { corners, corner: corners[2], top, turn: [top[0] - matrix[2] * away, top[1] - matrix[3] * away] }
  }

  paintDraft(view, draft) {
    const { context, model } = this
    const pixel = this.pixel()
    context.setTransform(1, 0, 0, 1, 0, 0)
    const points = draft.points.map((point) => apply(view, point))
    if (!points.length) return
    context.strokeStyle = '#ffd54a'
    context.fillStyle = 'rgba(255, 213, 74, 0.25)'
    context.lineJoin = context.lineCap = 'round'
    context.lineWidth = draft.radius ? 2 * draft.radius * view[0] : 2 * pixel
    if (draft.radius) context.globalAlpha = 0.5
    if (draft.kind === 'ellipse' || draft.kind === 'rectangle') this.boxPath(draft.kind, points)
    else {
      context.beginPath()
      points.forEach((point, i) => context[i ? 'lineTo' : 'moveTo'](...point))
      if (draft.radius && points.length === 1) context.lineTo(points[0][0] + draft.radius / 1000, points[0][1]) // as paintShape does
      if (draft.kind === 'lasso') context.closePath()
    }
    if (['ellipse', 'rectangle', 'lasso'].includes(draft.kind)) context.fill()
    context.stroke()
    context.globalAlpha = 1
    if (draft.kind === 'polygon' || draft.kind === 'curve') points.forEach((point) => this.square(...point, 4 * pixel, '#ffd54a'))
  }

  boxPath(kind, points) {
    const [[x0, y0], [x1, y1]] = [points[0], points[points.length - 1]]
    this.context.beginPath()
    if (kind === 'rectangle') this.context.rect(x0, y0, x1 - x0, y1 - y0)
    else {
      const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2]
      this.context.ellipse((x0 + x1) / 2, (y0 + y1) / 2, rx, ry, 0, 0, 2 * Math.PI)
    }
  }
}

/** The objects that lie behind it. */
function objectsAfter({ trajectory: { objects } }, moving) {
  return objects.slice(objects.indexOf(moving) + 1)
}

function fitCanvas(canvas, { width, height }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
}
