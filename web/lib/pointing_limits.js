/** What the backends take, and what is wrong with prompts before anything runs. As mask_tools/extract.py refuses it. */

const BACKENDS = {
  flow: 'flow: points, negative points and a box, no model. A box tells it more than a click.',
  sam2: 'sam2: points, negative points and a box, on as many frames as you like. Needs a checkpoint.',
  sam: 'sam: points, negative points and a box; frame by frame, so point again where it is lost. Needs a checkpoint.'
}
const ALWAYS = 'Any number of objects; one box for each object and frame.'
const WITH_TEXT = 'The text finds objects by itself: nothing has to be pointed at.'

/** One or two sentences about the backend, and about a text where there is one. */
export function limitsOf(backend, text) {
  return [BACKENDS[backend] ?? '', ALWAYS, text?.trim() ? WITH_TEXT : ''].filter(Boolean).join(' ')
}

/** What would be refused: [{name, frame, message}]. count: frames of the clip, null where it is not known. */
export function warningsOf(objects, count, elsewhere = false) {
  const found = []
  for (const object of objects) {
    const prompts = [...object.points, ...object.boxes]
    const last = prompts.reduce((most, one) => Math.max(most, one.frame), -1)
    if (count !== null && last >= count) {
      found.push({ name: object.name, frame: last, message: `${object.name} is pointed at on frame ${last}; the last is ${count - 1}.` })
    }
    if (prompts.length && !elsewhere) found.push(...firstFrame(object, prompts))
  }
  return found
}

/** The first frame of an object has to show where it is. */
function firstFrame(object, prompts) {
  const frame = prompts.reduce((least, one) => Math.min(least, one.frame), Infinity)
  const shows = prompts.some((one) => one.frame === frame && (one.box || one.label === 1))
  if (shows) return []
  return [{ name: object.name, frame, message: `${object.name} has only negative points on frame ${frame}, its first: add a point or a box there.` }]
}
