/** Shapes of a mask trajectory painted into a 2D context: the preview, and what the parity test compares. */

import { outline } from './trajectory_geometry.js'

/** Fill a shape in a colour through a matrix.
 *
 * context: a 2D context whose own transform stays as it is. image: of a bitmap, a canvas whose alpha is the mask.
 */
export function paintShape(context, shape, matrix, colour, image = null) {
  context.save()
  context.transform(...matrix)
  if (shape.kind === 'bitmap') paintBitmap(context, shape, colour, image)
  else if (shape.kind === 'brush') paintStrokes(context, shape.strokes, colour)
  else {
    trace(context, outline(shape))
    context.fillStyle = colour
    context.fill('evenodd')
  }
  context.restore()
}

/** The outline as a path, in the context's coordinates of the moment. */
export function trace(context, points) {
  context.beginPath()
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)))
  context.closePath()
}

/** Whether it must be painted on an empty layer, since it takes away what is under it. */
export function needsLayer(shape) {
  return shape.kind === 'brush' && shape.strokes.some((stroke) => stroke.erase)
}

function paintStrokes(context, strokes, colour) {
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const stroke of strokes) {
    context.globalCompositeOperation = stroke.erase ? 'destination-out' : 'source-over'
    context.strokeStyle = colour
    context.lineWidth = 2 * stroke.radius
    context.beginPath()
    stroke.points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)))
    const [x, y] = stroke.points.at(-1)
    context.lineTo(x + stroke.radius / 1000, y) // Chromium 156 draws no cap on a line without length: a click is a dot
    context.stroke()
  }
}

/** The image carries its colour; `colour` is for the frame that stands for one that is not loaded. */
function paintBitmap(context, shape, colour, image) {
  if (image) {
    context.drawImage(image, -shape.width / 2, -shape.height / 2, shape.width, shape.height)
    return
  }
  trace(context, outline(shape))
  context.strokeStyle = colour
  context.lineWidth = 0.01
  context.stroke()
}
