/** Undo and redo over texts: each step is the whole value of an editor, which is small. */

const LONGEST = 200

/** A history that begins with `text`. */
export function createHistory(text) {
  return { past: [], present: text, future: [] }
}

/** Whether nothing was drawn yet: what is loaded then is the beginning, no step. */
export function isUntouched(history) {
  return !history || (!history.present && !history.past.length && !history.future.length)
}

/** Whether a text is one of its steps. */
export function holds(history, text) {
  return history !== null && [...history.past, history.present, ...history.future].includes(text)
}

/** A new text; what was undone before is forgotten. The same text again is no step. */
export function record(history, text) {
  if (text === history.present) return
  history.past = [...history.past, history.present].slice(-LONGEST)
  history.present = text
  history.future = []
}

/** The text before, null where there is none. */
export function undo(history) {
  return step(history, history.past, history.future)
}

/** The text that was undone last, null where there is none. */
export function redo(history) {
  return step(history, history.future, history.past)
}

/** Go to a text that came from elsewhere: where it is a step of the history, to that step; otherwise a new one. */
export function seek(history, text) {
  const [back, ahead] = [history.past.lastIndexOf(text), history.future.lastIndexOf(text)]
  if (text === history.present) return
  if (back >= 0) while (history.present !== text) undo(history)
  else if (ahead >= 0) while (history.present !== text) redo(history)
  else record(history, text)
}

function step(history, from, to) {
  if (!from.length) return null
  to.push(history.present)
  history.present = from.pop()
  return history.present
}
