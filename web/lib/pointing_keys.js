/** Shortcuts while the focus is in the pointing editor; none of them reaches the graph. */

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const FAR = 10

/** parts: {root, keys, canvas}; keys is the hidden input that has the focus for the picture. acts: by name. */
export function connectPointingKeys({ root, keys, canvas }, model, acts) {
  const focus = () => keys.focus({ preventScroll: true })
  // a press would give the focus to the page, and Delete to the graph; pointer events must not be prevented
  canvas.addEventListener('mousedown', (event) => event.preventDefault())
  canvas.addEventListener('pointerdown', focus)
  root.addEventListener('keydown', (event) => {
    const typing = event.target.matches('input:not(.mv-keys):not([type=range])')
    if (!typing && pressed(event, model, acts, event.target === keys)) event.preventDefault()
    if (!(event.key === 'Escape' && root.closest('dialog')) && event.key !== 'Tab') event.stopPropagation()
  })
  return focus
}

function pressed(event, model, acts, inPicture) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  if (event.ctrlKey || event.metaKey) return withControl(key, event.shiftKey, model)
  const act = {
    p: () => model.point([0.5, 0.5], 1), n: () => model.point([0.5, 0.5], 0), b: () => model.box([0.3, 0.3, 0.7, 0.7]),
    o: () => model.newObject(), s: () => chooseNext(model), x: () => flip(model), m: acts.found, f: acts.large, 0: acts.fit,
    ',': () => model.goTo(model.frame - 1), '.': () => model.goTo(model.frame + 1),
    PageUp: () => model.goToPrompt(-1), PageDown: () => model.goToPrompt(1)
  }[key] ?? (/^[1-9]$/.test(key) && model.objects[key - 1] ? () => model.select(model.objects[key - 1]) : null)
  if (act) act()
  else return inPicture && inThePicture(key, event, model, acts)
  return true
}

function withControl(key, shift, model) {
  if (key === 'z' && shift || key === 'y') model.redo()
  else if (key === 'z') model.undo()
  else return false
  return true
}

/** Keys that only the picture has: arrows move the chosen point by a pixel, with Shift by ten; Alt sizes a box. */
function inThePicture(key, event, model, acts) {
  const step = STEPS[key]
  const { prompt, selected } = model
  if (step && !prompt) return false
  const far = event.shiftKey ? FAR : 1
  if (step && event.altKey && prompt.box) model.stretch(step[0] * far, step[1] * far)
  else if (step) model.nudge(step[0] * far, step[1] * far)
  else if ((key === 'Delete' || key === 'Backspace') && prompt) model.remove(selected, prompt)
  else if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) acts.menu()
  else if (key === 'Home') model.goTo(0)
  else if (key === 'End') model.goTo(model.last)
  else if (key === 'Escape') return acts.cancel()
  else return key === 'Delete' || key === 'Backspace'
  return true
}

/** The next point or box of this frame, over all objects. */
function chooseNext(model) {
  const here = model.objects.flatMap((object) =>
    [...object.points, ...object.boxes].filter((one) => one.frame === model.frame).map((prompt) => [object, prompt])
  )
  if (!here.length) return model.say('This frame has no point and no box.')
  const place = here.findIndex(([, prompt]) => prompt === model.prompt)
  return model.select(...here[(place + 1) % here.length])
}

function flip(model) {
  if (model.prompt && !model.prompt.box && !model.refusal) model.flip(model.prompt)
}
