/** What the pointer does in the picture: a click is a point, a drag is a box, what is there is moved. */

import { POINT_PX } from './pointing_stage.js'
import { moveBy, promptUnder, sortedBox, withCorner } from './pointing_objects.js'
import { panning } from './viewport.js'

const LEAST_PX = 4
const REACH_PX = POINT_PX + 4

/** menu(event, hit): opened where a prompt is clicked with the right button. Gives {cancel} for the keyboard. */
export function connectPointing(canvas, stage, model, menu) {
  let gesture = null

  const placeOf = (event) => {
    const [x, y] = stage.pointOf(event)
    return [x / model.size.width, y / model.size.height]
  }

  function hitOf(event) {
    const place = placeOf(event)
    const unit = stage.unit()
    const distance = ([x, y]) => Math.hypot((x - place[0]) * model.size.width, (y - place[1]) * model.size.height) / unit
    return promptUnder(model.objects, model.frame, place, distance, REACH_PX, model.selected)
  }

  function press(event) {
    if (event.button === 1) return
    canvas.setPointerCapture(event.pointerId)
    event.stopPropagation()
    const hit = hitOf(event)
    if (event.button === 2) gesture = turning(event, hit)
    else if (hit && !event.shiftKey) gesture = moving(event, hit)
    else gesture = pointing(event)
  }

  function move(event) {
    if (!gesture) {
      canvas.style.cursor = model.refusal ? 'not-allowed' : hitOf(event) ? 'move' : 'crosshair'
      return
    }
    gesture.far ||= Math.hypot(event.clientX - gesture.start.clientX, event.clientY - gesture.start.clientY) >= LEAST_PX
    if (gesture.far) gesture.move(event)
    stage.invalidate()
  }

  function release(event) {
    const ended = gesture
    gesture = null
    ended?.end(event)
    stage.invalidate()
  }

  function cancel() {
    const running = gesture !== null
    gesture = null
    model.draft = null
    if (running) model.read(model.text)
    model.notify('selection')
    return running
  }

  /** A point where nothing was dragged, a box where something was. */
  function pointing(start) {
    const from = placeOf(start)
    let box = null
    const label = start.shiftKey ? 1 - model.view.label : model.view.label
    return {
      start, far: false,
      move(event) {
        if (model.refusal) return
        box = [...from, ...placeOf(event)]
        model.draft = sortedBox(box)
        model.draftColour = model.selected ? `rgb(${model.colourOf(model.selected).join()})` : '#fff'
      },
      end() {
        model.draft = null
        if (box) model.box(box)
        else if (!this.far) model.point(from, label)
      }
    }
  }

  function moving(start, { object, prompt, part }) {
    model.select(object, prompt)
    const from = placeOf(start)
    const before = structuredClone(prompt)
    return {
      start, far: false,
      move(event) {
        if (model.refusal) return
        const to = placeOf(event)
        Object.assign(prompt, structuredClone(before))
        if (Number.isInteger(part)) prompt.box = withCorner(before.box, part, to)
        else moveBy(prompt, to[0] - from[0], to[1] - from[1])
      },
      end() {
        if (this.far) model.commit()
      }
    }
  }

  /** The right button: drags the view; clicks a prompt's menu, or a point that is not the object. */
  function turning(start, hit) {
    const pan = panning(start, stage, model)
    return {
      start, far: false,
      move: pan.move,
      end(event) {
        if (this.far) return
        if (hit) {
          model.select(hit.object, hit.prompt)
          menu(event, hit)
        } else model.point(placeOf(start), 0)
      }
    }
  }

  canvas.addEventListener('pointerdown', press)
  canvas.addEventListener('pointermove', move)
  canvas.addEventListener('pointerup', release)
  canvas.addEventListener('pointercancel', cancel)
  canvas.addEventListener('contextmenu', (event) => {
    event.preventDefault()
    event.stopPropagation()
  })
  return { cancel }
}
