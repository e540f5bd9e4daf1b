/** Keyframes of a mask trajectory: the values between them, and changes to them. As mask_tools/trajectory_keys.py. */

export const EASINGS = ['smooth', 'linear', 'hold']
/** Times are written with six digits: a frame this much before a keyframe is on it. */
export const SLACK = 1e-5
export const CHANNELS = {
  position: ['x', 'y'],
  scale: ['scale'],
  rotation: ['rotation'],
  visible: ['visible'],
  camera: ['x', 'y', 'zoom', 'roll']
}
/** What a channel without keyframes is at all times. */
export const RESTING = {
  scale: { scale: 1 },
  rotation: { rotation: 0 },
  visible: { visible: true },
  camera: { x: 0.5, y: 0.5, zoom: 1, roll: 0 }
}
const LOGARITHMIC = new Set(['scale', 'zoom'])

/** The time of a frame, 0 = first, 1 = last. */
export function frameTime(frame, frames) {
  return frames > 1 ? frame / (frames - 1) : 0
}

/** The frame that is nearest to a time. */
export function nearestFrame(time, frames) {
  return Math.round(time * (frames - 1))
}

/** The index of the last keyframe that is at `time` or before it, -1 where there is none. */
export function keyBefore(keys, time) {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keys[middle].time <= time + SLACK) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** The index of the keyframe at that frame, -1 where there is none. */
export function keyAtFrame(keys, frame, frames) {
  return keys.findIndex((key) => Math.abs(key.time * (frames - 1) - frame) < 0.5)
}

/** The values of a channel at a time, such as {x, y}; held before the first and after the last keyframe. */
export function valuesAt(channel, keys, time) {
  if (!keys.length) return { ...RESTING[channel] }
  const fields = CHANNELS[channel]
  const index = Math.max(0, keyBefore(keys, time))
  const key = keys[index]
  if (channel === 'visible' || key.easing === 'hold' || index === keys.length - 1 || time <= key.time) {
    return pick(key, fields)
  }
  const between = key.easing === 'linear' ? linear : hermite
  return Object.fromEntries(fields.map((field) => [field, between(keys, index, field, time)]))
}

function pick(key, fields) {
  return Object.fromEntries(fields.map((field) => [field, key[field]]))
}

function linear(keys, index, field, time) {
  const [start, end] = [keys[index], keys[index + 1]]
  const u = (time - start.time) / (end.time - start.time)
  return fromLine(field, (1 - u) * toLine(field, start) + u * toLine(field, end))
}

/** A cubic curve through all keyframes of a run of "smooth" ones, with the slopes of central differences. */
function hermite(keys, index, field, time) {
  const [start, end] = [keys[index], keys[index + 1]]
  const span = end.time - start.time
  const u = Math.min(1, (time - start.time) / span)
  const [u2, u3] = [u * u, u * u * u]
  const value =
    (2 * u3 - 3 * u2 + 1) * toLine(field, start) +
    (u3 - 2 * u2 + u) * span * slope(keys, index, field) +
    (3 * u2 - 2 * u3) * toLine(field, end) +
    (u3 - u2) * span * slope(keys, index + 1, field)
  return fromLine(field, value)
}

/** The second-order difference of a keyframe within its run; one-sided at the run's ends. */
function slope(keys, index, field) {
  const from = index > 0 && keys[index - 1].easing === 'smooth' ? index - 1 : index
  const to = index < keys.length - 1 && keys[index].easing === 'smooth' ? index + 1 : index
  const at = (place) => toLine(field, keys[place])
  if (from === index || to === index) return (at(to) - at(from)) / (keys[to].time - keys[from].time)
  const before = keys[index].time - keys[from].time
  const after = keys[to].time - keys[index].time
  return (
    (before * before * at(to) + (after * after - before * before) * at(index) - after * after * at(from)) /
    (before * after * (before + after))
  )
}

function toLine(field, key) {
  return LOGARITHMIC.has(field) ? Math.log(key[field]) : key[field]
}

function fromLine(field, value) {
  return LOGARITHMIC.has(field) ? Math.exp(value) : value
}

/** Whether the object is there at a time. */
export function isThere(object, time) {
  return time >= object.start - SLACK && time <= object.end + SLACK && valuesAt('visible', object.visible, time).visible
}

/** Set values of the keyframe at a frame; a new one takes the easing of the one before it. Changes `keys`. */
export function setKey(channel, keys, frame, frames, values) {
  const index = keyAtFrame(keys, frame, frames)
  if (index >= 0) return Object.assign(keys[index], values)
  const time = frameTime(frame, frames)
  const before = keyBefore(keys, time)
  const easing = channel === 'visible' ? {} : { easing: keys[Math.max(before, 0)]?.easing ?? 'smooth' }
  const key = { time, ...valuesAt(channel, keys, time), ...values, ...easing }
  keys.splice(before + 1, 0, key)
  return key
}

/** Remove a keyframe; the last one of a position stays. Says whether it was removed. */
export function removeKey(channel, keys, index) {
  if (!keys[index] || (channel === 'position' && keys.length === 1)) return false
  keys.splice(index, 1)
  return true
}

/** Move a keyframe to another frame, between its neighbours. Changes `keys`. */
export function moveKey(keys, index, frame, frames) {
  const least = index > 0 ? nearestFrame(keys[index - 1].time, frames) + 1 : 0
  const most = index < keys.length - 1 ? nearestFrame(keys[index + 1].time, frames) - 1 : frames - 1
  if (least <= most) keys[index].time = frameTime(Math.min(Math.max(frame, least), most), frames)
}

/** Position keyframes along points drawn by hand, at an even pace from `start` to `end`: [[x, y]..] -> keyframes. */
export function keysAlong(points, start, end, aspect = 1) {
  const lengths = [0]
  for (let i = 1; i < points.length; i++) {
    lengths.push(lengths[i - 1] + Math.hypot((points[i][0] - points[i - 1][0]) * aspect, points[i][1] - points[i - 1][1]))
  }
  const total = lengths[lengths.length - 1]
  const keys = []
  points.forEach(([x, y], i) => {
    const time = start + (end - start) * (total ? lengths[i] / total : 0)
    if (!keys.length || time > keys[keys.length - 1].time + 1e-4) keys.push({ time, x, y, easing: 'smooth' })
  })
  return keys
}
