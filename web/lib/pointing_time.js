/** The clip's frames under the picture: a slider, marks where prompts are, the frame's number. */

import { button, element } from './dom.js'
import { icon } from './icons.js'
import { promptFrames, trackColour } from './pointing_objects.js'

/** {bar, update}. */
export function createTime(model) {
  const slider = element('input', { type: 'range', min: 0, max: 0, step: 1, value: 0, class: 'mv-slider', 'aria-label': 'Frame', oninput: (event) => model.goTo(event.target.valueAsNumber) })
  const marks = element('div', { class: 'mv-marks' })
  const number = element('input', { type: 'number', min: 0, step: 1, value: '0', class: 'mv-number', 'aria-label': 'Frame number', onchange: (event) => model.goTo(event.target.valueAsNumber) })
  const total = element('output', { class: 'mv-frame' })
  const before = button(icon('before'), 'To the frame with points before this one (Page Up)', () => model.goToPrompt(-1))
  const after = button(icon('after'), 'To the next frame with points (Page Down)', () => model.goToPrompt(1))
  const bar = element('div', { class: 'mv-clip-time' }, before, element('div', { class: 'mv-track-of-marks' }, slider, marks), after, number, total)
  let shown = null
  return {
    bar,
    update() {
      const { frame, last, clip } = model
      slider.max = String(last)
      slider.value = String(frame)
      slider.setAttribute('aria-valuetext', `frame ${frame}${clip.count === null ? '' : ` of ${clip.count}`}`)
      if (document.activeElement !== number) number.value = String(frame)
      total.textContent = clip.count === null ? 'clip unknown' : `of 0–${clip.count - 1}`
      if (shown !== `${model.text} ${last}`) fillMarks(marks, model)
      shown = `${model.text} ${last}`
    }
  }
}

/** A mark goes to its frame; for the keyboard there are the two buttons. */
function fillMarks(marks, model) {
  const made = promptFrames(model.objects).map(({ frame, places }) => {
    const names = places.map((place) => model.objects[place].name).join(', ')
    const mark = button('', `Frame ${frame}: ${names}`, () => model.goTo(frame), { class: 'mv-mark', tabindex: '-1' })
    mark.style.left = `${model.last ? (frame / model.last) * 100 : 0}%`
    mark.style.background = stripes(places)
    return mark
  })
  marks.replaceChildren(...made)
}

function stripes(places) {
  const parts = places.map((place, i) => {
    const colour = `rgb(${trackColour(place).join()})`
    return `${colour} ${(i / places.length) * 100}% ${((i + 1) / places.length) * 100}%`
  })
  return `linear-gradient(${parts.join(', ')})`
}
