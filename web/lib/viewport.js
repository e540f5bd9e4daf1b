/** A canvas that shows a picture, which the user zooms and pans: what both editors' stages share. */

import { apply, inverse } from './matrix.js'

const GROUND = '#17181b'
const GREY = '#2b2d33'
const MARGIN_PX = 14
const ZOOMS = [0.2, 20]

/** model: has the picture's size {width, height} and the view {zoom, panX, panY}; subclasses paint(). */
export class Viewport {
  constructor(canvas, model) {
    this.canvas = canvas
    this.model = model
    this.context = canvas.getContext('2d')
    this.waiting = false
  }

  /** Paint with the browser's next frame, once, however often it is asked for. */
  invalidate() {
    if (this.waiting) return
    this.waiting = true
    requestAnimationFrame(() => {
      this.waiting = false
      if (this.canvas.isConnected) this.paint()
    })
  }

  /** Backing store in device pixels of the element's own size. */
  resize() {
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight].map((side) => Math.round(side * ratio))
    if (width < 1 || height < 1) return
    if (this.canvas.width !== width || this.canvas.height !== height) {
      ;[this.canvas.width, this.canvas.height] = [width, height]
    }
    this.paint()
  }

  /** From pixels of the picture to pixels of the canvas. */
  viewMatrix() {
    const { width, height } = this.model.size
    const { zoom, panX, panY } = this.model.view
    const room = [this.canvas.width - 2 * MARGIN_PX, this.canvas.height - 2 * MARGIN_PX]
    const scale = Math.max(1e-3, Math.min(room[0] / width, room[1] / height)) * zoom
    const left = this.canvas.width / 2 - (width / 2 - panX * width) * scale
    const top = this.canvas.height / 2 - (height / 2 - panY * height) * scale
    return [scale, 0, 0, scale, left, top]
  }

  /** Where a pointer event is, in pixels of the picture; right under any zoom of the graph. */
  pointOf(event) {
    const box = this.canvas.getBoundingClientRect()
    const x = ((event.clientX - box.left) / box.width) * this.canvas.width
    const y = ((event.clientY - box.top) / box.height) * this.canvas.height
    return apply(inverse(this.viewMatrix()), [x, y])
  }

  /** How many pixels of the picture one CSS pixel of the screen is. */
  unit() {
    const box = this.canvas.getBoundingClientRect()
    return this.canvas.width / Math.max(box.width, 1) / this.viewMatrix()[0]
  }

  clear() {
    const { context, canvas } = this
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.fillStyle = GROUND
    context.fillRect(0, 0, canvas.width, canvas.height)
  }

  /** Where the picture lies, before it is there; the context stays in the picture's pixels. */
  paintGround(view) {
    const { context, model } = this
    context.setTransform(...view)
    context.fillStyle = GREY
    context.fillRect(0, 0, model.size.width, model.size.height)
  }

  /** What leaves the picture is cut off: dim it. */
  paintOutside(view) {
    const { context } = this
    const { width, height } = this.model.size
    const [left, top] = apply(view, [0, 0])
    const [right, bottom] = apply(view, [width, height])
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.fillStyle = 'rgba(23, 24, 27, 0.62)'
    context.beginPath()
    context.rect(0, 0, this.canvas.width, this.canvas.height)
    context.rect(left, top, right - left, bottom - top)
    context.fill('evenodd')
    context.strokeStyle = '#8b8f98'
    context.lineWidth = 1
    context.strokeRect(left, top, right - left, bottom - top)
  }

  /** Device pixels of the canvas that are one CSS pixel on the screen. */
  pixel() {
    return window.devicePixelRatio || 1
  }

  dot(x, y, radius, colour) {
    const { context } = this
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fillStyle = colour
    context.fill()
    context.strokeStyle = '#000'
    context.lineWidth = this.pixel()
    context.stroke()
  }

  square(x, y, half, colour) {
    const { context } = this
    context.fillStyle = colour
    context.strokeStyle = '#000'
    context.lineWidth = this.pixel()
    context.fillRect(x - half, y - half, 2 * half, 2 * half)
    context.strokeRect(x - half, y - half, 2 * half, 2 * half)
  }

  label(text, x, y) {
    const { context } = this
    context.lineWidth = 3 * this.pixel()
    context.strokeStyle = 'rgba(0, 0, 0, 0.8)'
    context.strokeText(text, x, y)
    context.fillStyle = '#fff'
    context.fillText(text, x, y)
  }
}

/** The wheel zooms about the pointer; with Ctrl it belongs to the graph. */
export function connectWheel(canvas, stage, model) {
  canvas.addEventListener('wheel', (event) => {
    if (event.ctrlKey) return
    event.preventDefault()
    event.stopPropagation()
    const [x, y] = stage.pointOf(event)
    const { view, size } = model
    view.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], view.zoom * Math.exp(-event.deltaY / 500)))
    const [nx, ny] = stage.pointOf(event)
    view.panX += (nx - x) / size.width
    view.panY += (ny - y) / size.height
    stage.invalidate()
  }, { passive: false })
}

/** A gesture that moves the view with the pointer, from its press on. */
export function panning(start, stage, model) {
  const { panX, panY } = model.view
  const { width, height } = model.size
  return {
    move(event) {
      const unit = stage.unit()
      model.view.panX = panX + ((event.clientX - start.clientX) * unit) / width
      model.view.panY = panY + ((event.clientY - start.clientY) * unit) / height
    }
  }
}
