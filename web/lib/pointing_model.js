/** What the parts of the pointing editor share: objects, the clip, where the user is, and how a change is made. */

import { createHistory, isUntouched, record, redo, seek, undo } from './history.js'
import { joinTexts, splitTexts } from './pointing_texts.js'
import { PromptError, readPrompts, writePrompts } from './pointing_format.js'
import { addObject, addPoint, bounded, moveBy, promptFrames, removePrompt, setBox, sortedBox, trackColour, usableName } from './pointing_objects.js'

const SIZE = { width: 16, height: 9 }
const FARTHEST = 1000000

/** Where the user is: it outlives the node, which an undo of the graph makes anew. */
export function createView() {
  return { owner: null, history: null, selected: null, prompt: null, frame: 0, label: 1, zoom: 1, panX: 0, panY: 0, found: true }
}

export class PointingModel {
  /** options: onChange(texts) hears of each finished change; clip: pictures by frame; limits() gives {text, elsewhere}. */
  constructor(options) {
    this.options = options
    this.clip = options.clip
    this.view = createView()
    this.objects = []
    this.text = ''
    this.error = null
    this.locked = null
    this.draft = null
    this.listeners = new Set()
  }

  /** The clip's, or a shape to point in until it is known. */
  get size() {
    return this.clip.size ?? SIZE
  }

  get last() {
    const prompted = promptFrames(this.objects).at(-1)?.frame ?? 0
    return Math.max(prompted, this.clip.count === null ? this.view.frame : this.clip.count - 1)
  }

  get frame() {
    return Math.min(this.view.frame, this.last)
  }

  get selected() {
    return this.objects.find((one) => one.name === this.view.selected) ?? null
  }

  /** The chosen point or box, where it is on this frame. */
  get prompt() {
    const { selected, view } = this
    const [kind, place] = view.prompt ?? []
    const prompt = selected?.[kind]?.[place]
    return prompt?.frame === this.frame ? prompt : null
  }

  /** Why nothing can be changed, null where it can. */
  get refusal() {
    return this.error ?? this.locked
  }

  notify(what = 'document') {
    this.listeners.forEach((listener) => listener(what))
  }

  /** Show the texts that the node has. Wrong ones are kept as they are, and told. */
  load(text) {
    this.text = text
    this.read(text)
    if (isUntouched(this.view.history)) this.view.history = createHistory(text)
    else seek(this.view.history, text)
    this.notify()
  }

  read(text) {
    try {
      this.objects = readPrompts(splitTexts(text), this.clip.size)
      this.error = null
    } catch (error) {
      if (!(error instanceof PromptError)) throw error
      this.objects = []
      this.error = error.message
    }
    this.draft = null
  }

  /** The end of a gesture: the objects as they are now become the node's texts, and a step of the history. */
  commit() {
    if (this.refusal) return this.revert()
    const texts = writePrompts(this.objects)
    const text = joinTexts(texts)
    if (text !== this.text) {
      this.text = text
      record(this.view.history, text)
      this.options.onChange(texts)
    }
    return this.notify()
  }

  revert() {
    this.read(this.text)
    this.say(this.refusal)
    this.notify()
  }

  undo() {
    this.travel(this.locked ? null : undo(this.view.history))
  }

  redo() {
    this.travel(this.locked ? null : redo(this.view.history))
  }

  travel(text) {
    if (text === null) return
    this.text = text
    this.read(text)
    this.options.onChange(splitTexts(text))
    this.notify()
  }

  startAnew() {
    this.objects = []
    this.error = null
    this.commit()
  }

  say(message) {
    this.message = message
    this.notify('message')
  }

  colourOf(object) {
    return trackColour(this.objects.indexOf(object))
  }

  select(object, prompt = null) {
    this.view.selected = object?.name ?? null
    const kind = prompt?.box ? 'boxes' : 'points'
    this.view.prompt = prompt ? [kind, object[kind].indexOf(prompt)] : null
    this.notify('selection')
  }

  goTo(frame) {
    const most = this.clip.count === null ? FARTHEST : this.last
    this.view.frame = Math.min(Math.max(Math.round(frame) || 0, 0), most)
    this.notify('frame')
  }

  /** The next frame with prompts in a direction, 1 or -1. */
  goToPrompt(direction) {
    const frames = promptFrames(this.objects).map((one) => one.frame)
    const next = direction > 0 ? frames.find((frame) => frame > this.frame) : frames.findLast((frame) => frame < this.frame)
    if (next === undefined) this.say('No further frame has points or boxes in this direction.')
    else this.goTo(next)
  }

  /** The object that a click is for; the first click makes one. */
  target() {
    const object = this.selected ?? this.objects.at(-1) ?? addObject(this.objects)
    this.view.selected = object.name
    return object
  }

  newObject() {
    if (this.refusal) return this.say(this.refusal)
    this.select(addObject(this.objects))
    return this.commit()
  }

  /** place: fractions of the frame; one outside it is refused. */
  point(place, label) {
    if (this.refusal) return this.say(this.refusal)
    if (place.some((value) => value < 0 || value > 1)) return this.say('A point has to lie inside the frame.')
    const object = this.target()
    this.select(object, addPoint(object, this.frame, place, label))
    return this.commit()
  }

  box(box) {
    if (this.refusal) return this.say(this.refusal)
    if (!hasInside(box)) return this.say('A box has to have an inside, in the frame.')
    const object = this.target()
    const replaced = object.boxes.some((one) => one.frame === this.frame)
    this.select(object, setBox(object, this.frame, box))
    this.commit()
    return replaced ? this.say(`${object.name} has one box on a frame: this one replaces the one before.`) : undefined
  }

  nudge(dx, dy) {
    if (!this.prompt || this.refusal) return
    moveBy(this.prompt, dx / this.size.width, dy / this.size.height)
    this.commit()
  }

  /** Move the right lower corner of the chosen box. */
  stretch(dx, dy) {
    if (!this.prompt?.box || this.refusal) return
    const [x0, y0, x1, y1] = this.prompt.box
    this.prompt.box = sortedBox([x0, y0, Math.max(x0, x1 + dx / this.size.width), Math.max(y0, y1 + dy / this.size.height)])
    this.commit()
  }

  flip(point) {
    point.label = 1 - point.label
    this.commit()
  }

  remove(object, prompt) {
    if (this.refusal) return this.say(this.refusal)
    removePrompt(object, prompt)
    this.view.prompt = null
    return this.commit()
  }

  removeObject(object) {
    if (this.refusal) return this.say(this.refusal)
    this.objects = this.objects.filter((one) => one !== object)
    this.view.prompt = null
    this.view.selected = this.objects.at(-1)?.name ?? null
    return this.commit()
  }

  rename(object, wanted) {
    const others = this.objects.filter((one) => one !== object).map((one) => one.name)
    const name = usableName(wanted, others)
    if (!name || this.refusal) return this.notify()
    object.name = name
    this.view.selected = name
    return this.commit()
  }
}

function hasInside([x0, y0, x1, y1]) {
  const seen = (first, second) => Math.abs(bounded(first) - bounded(second))
  return seen(x0, x1) > 0 && seen(y0, y1) > 0
}
