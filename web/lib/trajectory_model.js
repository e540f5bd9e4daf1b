/** What the editor's parts share: the trajectory, where the user looks at it, and how a change is made. */

import { frameTime, isThere, setKey, valuesAt } from './trajectory_keys.js'
import { cameraMatrix, multiply, objectMatrix } from './trajectory_geometry.js'
import { TrajectoryError, emptyTrajectory, readTrajectory, writeTrajectory } from './trajectory_file.js'
import { createHistory, isUntouched, record, redo, seek, undo } from './history.js'

/** Where the user is: it outlives the node, which an undo of the graph makes anew. */
export function createView() {
  return {
    owner: null, history: null, selected: null, frame: 0, tool: 'select', zoom: 1, panX: 0, panY: 0,
    onion: false, solo: null, loop: true, brush: 0.06, camera: true,
    timeline: false, ran: null
  }
}

export class TrajectoryModel {
  constructor(options) {
    this.options = options
    this.view = createView()
    this.trajectory = emptyTrajectory()
    this.error = null
    this.text = ''
    this.background = []
    this.offered = []
    this.bitmaps = new Map()
    this.draft = null
    this.playing = false
    this.listeners = new Set()
  }

  /** Frames, width and height as the node has them now. */
  get settings() {
    return this.options.settings()
  }

  get frames() {
    return Math.max(1, this.settings.frames)
  }

  get size() {
    const { width, height } = this.settings
    return { width: Math.max(1, width), height: Math.max(1, height) }
  }

  get frame() {
    return Math.min(this.view.frame, this.frames - 1)
  }

  get time() {
    return frameTime(this.frame, this.frames)
  }

  get selected() {
    return this.trajectory.objects.find((one) => one.name === this.view.selected) ?? null
  }

  /** Tell every part what was changed: 'frame' is cheap, 'document' is not. */
  notify(what = 'document') {
    this.listeners.forEach((listener) => listener(what))
  }

  /** Show a text that the node was given. A wrong one is kept as it is, and told. */
  load(text) {
    this.text = text
    this.read(text)
    if (isUntouched(this.view.history)) this.view.history = createHistory(text)
    else seek(this.view.history, text)
    this.notify()
  }

  read(text) {
    try {
      this.trajectory = readTrajectory(text)
      this.error = null
    } catch (error) {
      if (!(error instanceof TrajectoryError)) throw error
      this.trajectory = emptyTrajectory()
      this.error = error.message
    }
    this.draft = null
  }

  /** The end of a gesture: what the trajectory is now becomes the node's value, and a step of the history. */
  commit() {
    const text = writeTrajectory(this.trajectory)
    if (text.length > 100000) {
      this.say('This trajectory is too large: draw simpler shapes and paths. The last change was taken back.')
      this.read(this.text)
    } else if (text !== this.text) {
      this.text = text
      record(this.view.history, text)
      this.options.onChange(text)
    }
    this.notify()
  }

  undo() {
    this.travel(undo(this.view.history))
  }

  redo() {
    this.travel(redo(this.view.history))
  }

  travel(text) {
    if (text === null) return
    this.text = text
    this.read(text)
    this.options.onChange(text)
    this.notify()
  }

  startAnew() {
    this.trajectory = emptyTrajectory()
    this.error = null
    this.commit()
  }

  say(message) {
    this.options.say?.(message)
    this.message = message
    this.notify('message')
  }

  select(name) {
    this.view.selected = name
    this.notify('selection')
  }

  goTo(frame) {
    this.view.frame = Math.min(Math.max(Math.round(frame), 0), this.frames - 1)
    this.notify('frame')
  }

  /** From the picture as the camera shows it to pixels of the world, and back. */
  cameraAt(time = this.time) {
    return cameraMatrix(this.view.camera ? this.trajectory.camera : [], time, this.size)
  }

  matrixOf(object, time = this.time) {
    return multiply(this.cameraAt(time), objectMatrix(object, time, this.size))
  }

  /** Whether the preview shows it: solo hides others in the editor only. */
  isShown(object, time = this.time) {
    return isThere(object, time) && (!this.view.solo || this.view.solo === object.name)
  }

  keysOf(channel, object = this.selected) {
    return channel === 'camera' ? this.trajectory.camera : (object?.[channel] ?? [])
  }

  valueOf(channel, object = this.selected) {
    return valuesAt(channel, this.keysOf(channel, object), this.time)
  }

  /** Set values at this frame; what rested so far begins to change from the first frame on. */
  set(channel, values, object = this.selected) {
    const keys = this.keysOf(channel, object)
    if (!keys.length && this.frame > 0) setKey(channel, keys, 0, this.frames, {})
    return setKey(channel, keys, this.frame, this.frames, values)
  }

  /** A mask image ready to be drawn in a colour; it is fetched at the first call, null until it is there. */
  bitmap(file, colour) {
    const key = `${file} ${colour}`
    if (!this.bitmaps.has(key)) {
      this.bitmaps.set(key, null)
      tinted(this.options.bitmapUrl(file), colour).then((canvas) => {
        this.bitmaps.set(key, canvas)
        this.notify('frame')
      }, () => this.say(`The image ${file} is not in the host's input folder.`))
    }
    return this.bitmaps.get(key)
  }
}

/** The image's brightness as the alpha of a canvas of one colour. */
async function tinted(url, [red, green, blue]) {
  const image = new Image()
  image.src = url
  await image.decode()
  const canvas = document.createElement('canvas')
  ;[canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight]
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context.drawImage(image, 0, 0)
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height)
  for (let i = 0; i < pixels.data.length; i += 4) {
    const [r, g, b, a] = pixels.data.subarray(i, i + 4)
    pixels.data.set([red, green, blue, ((0.299 * r + 0.587 * g + 0.114 * b) * a) / 255], i)
  }
  context.putImageData(pixels, 0, 0)
  return canvas
}
