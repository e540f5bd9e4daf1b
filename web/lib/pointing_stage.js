/** The picture of the pointing editor: a frame of the clip, what a run found, points and boxes. */

import { apply } from './matrix.js'
import { Viewport } from './viewport.js'
import { corners, promptsAt } from './pointing_objects.js'

export const POINT_PX = 7
const CORNER_PX = 4.5
const CHOSEN = '#ffd54a'

export class PointingStage extends Viewport {
  paint() {
    const { model } = this
    const view = this.viewMatrix()
    this.clear()
    this.paintFrame(view)
    this.paintOutside(view)
    for (const object of model.objects) if (object !== model.selected) this.paintObject(view, object)
    if (model.selected) this.paintObject(view, model.selected)
    if (model.draft) this.paintBox(view, model.draft, model.draftColour, true)
  }

  paintFrame(view) {
    const { context, model } = this
    const { width, height } = model.size
    this.paintGround(view)
    const { image, frame } = model.clip.picture(model.frame)
    if (image) this.last = { image, address: model.clip.address }
    this.paintPicture(image, width, height)
    const found = image && model.view.found && model.clip.foundOn(frame)
    if (found) context.drawImage(found, 0, 0, width, height)
    this.note = image ? nearNote(model.frame, frame) : missingNote(model, frame)
    context.setTransform(1, 0, 0, 1, 0, 0)
    if (this.note) this.paintNote(this.note)
  }

  /** The frame, or dimmed the one before it while it is on its way. */
  paintPicture(image, width, height) {
    const { context, model, last } = this
    const known = image ?? (last?.address === model.clip.address && model.frame < model.clip.count ? last.image : null)
    if (!known) return
    context.globalAlpha = image ? 1 : 0.4
    context.drawImage(known, ...(model.clip.cut ? middleOf(known, width / height) : [0, 0, known.naturalWidth, known.naturalHeight]), 0, 0, width, height)
    context.globalAlpha = 1
  }

  /** Words in the middle, in the place of a picture, or at its foot. */
  paintNote(text) {
    const { context, canvas } = this
    const pixel = this.pixel()
    context.font = `${12.5 * pixel}px system-ui, sans-serif`
    context.textAlign = 'center'
    const lines = text.split('\n')
    lines.forEach((line, i) => this.label(line, canvas.width / 2, canvas.height / 2 + (i - (lines.length - 1) / 2) * 18 * pixel))
    context.textAlign = 'start'
  }

  placeOf(view, [x, y]) {
    const { width, height } = this.model.size
    return apply(view, [x * width, y * height])
  }

  paintObject(view, object) {
    const { model } = this
    const { points, box } = promptsAt(object, model.frame)
    const chosen = object === model.selected
    const colour = `rgb(${model.colourOf(object).join()})`
    if (box) {
      this.paintBox(view, box.box, colour, chosen)
      if (box === model.prompt) this.paintCorners(view, box.box)
    }
    for (const point of points) this.paintPoint(this.placeOf(view, [point.x, point.y]), point, colour, point === model.prompt)
    this.paintName(view, object, box, points)
  }

  paintBox(view, box, colour, chosen) {
    const { context } = this
    const pixel = this.pixel()
    const [[left, top], , [right, bottom]] = corners(box).map((corner) => this.placeOf(view, corner))
    context.lineJoin = 'round'
    for (const [stroke, width] of [['rgba(0, 0, 0, 0.75)', 4.5], [colour, 2.25]]) {
      context.strokeStyle = stroke
      context.lineWidth = width * pixel
      context.strokeRect(left, top, right - left, bottom - top)
    }
    if (!chosen) return
    context.globalAlpha = 0.14
    context.fillStyle = colour
    context.fillRect(left, top, right - left, bottom - top)
    context.globalAlpha = 1
  }

  paintCorners(view, box) {
    for (const corner of corners(box)) this.square(...this.placeOf(view, corner), CORNER_PX * this.pixel(), CHOSEN)
  }

  /** Full with a plus: the object. Dark with a minus: not the object. A yellow ring: chosen. */
  paintPoint([x, y], point, colour, chosen) {
    const { context } = this
    const [pixel, radius] = [this.pixel(), POINT_PX * this.pixel()]
    if (chosen) this.ring(x, y, radius + 3.5 * pixel, CHOSEN, 2.5 * pixel)
    this.ring(x, y, radius + pixel, '#000', 2.5 * pixel)
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fillStyle = point.label ? colour : '#17181b'
    context.fill()
    this.ring(x, y, radius - 0.75 * pixel, point.label ? '#fff' : colour, 1.75 * pixel)
    this.paintSign(x, y, point.label, 3.25 * pixel)
  }

  paintSign(x, y, label, half) {
    const { context } = this
    context.beginPath()
    context.moveTo(x - half, y)
    context.lineTo(x + half, y)
    if (label) {
      context.moveTo(x, y - half)
      context.lineTo(x, y + half)
    }
    context.strokeStyle = '#fff'
    context.lineWidth = 1.75 * this.pixel()
    context.stroke()
  }

  ring(x, y, radius, colour, width) {
    const { context } = this
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.strokeStyle = colour
    context.lineWidth = width
    context.stroke()
  }

  /** Over its box, or beside its first point. */
  paintName(view, object, box, points) {
    if (!box && !points.length) return
    const pixel = this.pixel()
    const highest = points.reduce((best, one) => (one.y < best.y ? one : best), points[0])
    const [x, y] = this.placeOf(view, box ? box.box : [highest.x, highest.y])
    this.context.font = `600 ${12 * pixel}px system-ui, sans-serif`
    const [left, top] = box ? [x, y - 6 * pixel] : [x + 12 * pixel, y - 9 * pixel]
    this.label(object.name, left, Math.max(top, 14 * pixel))
  }
}

function nearNote(wanted, shown) {
  return shown === wanted ? null : `frame ${shown} is the nearest with a picture`
}

function missingNote({ clip, frame }) {
  if (clip.count !== null && frame >= clip.count) return `The clip has no frame ${frame}: its last is ${clip.count - 1}.`
  if (clip.address) return `frame ${frame} …`
  return clip.message ?? ''
}

/** The largest part of a picture of that aspect, in its middle: [left, top, width, height]. */
export function middleOf({ naturalWidth, naturalHeight }, aspect) {
  const width = Math.min(naturalWidth, naturalHeight * aspect)
  const height = Math.min(naturalHeight, naturalWidth / aspect)
  return [(naturalWidth - width) / 2, (naturalHeight - height) / 2, width, height]
}
