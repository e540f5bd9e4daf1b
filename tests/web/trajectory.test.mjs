/** The editor's pure modules, each for itself. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { keyAtFrame, keysAlong, moveKey, nearestFrame, removeKey, setKey, valuesAt } from '../../web/lib/trajectory_keys.js'
import { apply, bounds, contains, inverse, multiply, scaledRotation, simplified } from '../../web/lib/trajectory_geometry.js'
import { createHistory, record, redo, seek, undo } from '../../web/lib/history.js'
import { TrajectoryError, freeName, newObject, readTrajectory, writeTrajectory } from '../../web/lib/trajectory_file.js'
import { shapeFrom } from '../../web/lib/trajectory_tools.js'

const ELLIPSE = { kind: 'ellipse', width: 0.4, height: 0.2 }

function near(first, second) {
  assert.ok(Math.abs(first - second) < 1e-9, `${first} is not ${second}`)
}

test('keyframes at the same frame are one, others are put between', () => {
  const keys = [{ time: 0, x: 0, y: 0, easing: 'linear' }]
  setKey('position', keys, 10, 11, { x: 1 })
  setKey('position', keys, 5, 11, { y: 2 })
  setKey('position', keys, 5, 11, { x: 7 })
  assert.deepEqual(keys.map((key) => [key.time, key.x, key.y, key.easing]), [[0, 0, 0, 'linear'], [0.5, 7, 2, 'linear'], [1, 1, 0, 'linear']])
})

test('a keyframe moves no further than to its neighbours', () => {
  const keys = [0, 0.5, 1].map((time) => ({ time, scale: 1, easing: 'smooth' }))
  moveKey(keys, 1, 30, 11)
  assert.equal(nearestFrame(keys[1].time, 11), 9)
  moveKey(keys, 1, -4, 11)
  assert.equal(keyAtFrame(keys, 1, 11), 1)
})

test('the last position stays', () => {
  const keys = [{ time: 0, x: 0, y: 0 }]
  assert.equal(removeKey('position', keys, 0), false)
  assert.equal(removeKey('scale', keys, 0), true)
})

test('a drawn way has an even pace', () => {
  const keys = keysAlong([[0, 0], [0.1, 0], [0.1, 0], [0.4, 0]], 0, 1)
  assert.deepEqual(keys.map((key) => key.time), [0, 0.25, 1])
  near(valuesAt('position', keys.map((key) => ({ ...key, easing: 'linear' })), 0.5).x, 0.2)
})

test('resting channels have their resting values', () => {
  assert.deepEqual(valuesAt('camera', [], 0.3), { x: 0.5, y: 0.5, zoom: 1, roll: 0 })
  assert.equal(valuesAt('visible', [], 0.3).visible, true)
})

test('an inverse matrix undoes its matrix', () => {
  const matrix = multiply([1, 0, 0, 1, 30, -4], scaledRotation(2.5, 33))
  const [x, y] = apply(inverse(matrix), apply(matrix, [0.3, -0.7]))
  near(x, 0.3)
  near(y, -0.7)
})

test('points are found in shapes, and not where an eraser went', () => {
  assert.ok(contains(ELLIPSE, [0.19, 0]) && !contains(ELLIPSE, [0.19, 0.09]))
  const stroke = { radius: 0.1, points: [[0, 0], [1, 0]], erase: false }
  const brush = { kind: 'brush', strokes: [stroke, { radius: 0.05, points: [[0.5, 0]], erase: true }] }
  assert.ok(contains(brush, [0.2, 0.05]) && !contains(brush, [0.5, 0]))
  near(bounds(brush).x1, 1.1)
})

test('a simplified line stays within its tolerance and keeps its ends', () => {
  const line = Array.from({ length: 200 }, (_, i) => [i / 100, Math.sin(i / 20)])
  const fewer = simplified(line, 0.01)
  assert.ok(fewer.length < 40 && fewer[0] === line[0] && fewer.at(-1) === line.at(-1))
})

test('a shape without size is none', () => {
  assert.equal(shapeFrom('ellipse', [[0, 0], [0.001, 0.5]]), null)
  assert.equal(shapeFrom('polygon', [[0, 0], [1, 1]]), null)
  assert.equal(shapeFrom('polygon', [[0, 0], [0.001, 0], [0, 0.001]]), null)
  assert.deepEqual(shapeFrom('rectangle', [[0, 0], [1, 0.5]]).middle, [0.5, 0.25])
})

test('what was undone is done again, until something else is done', () => {
  const history = createHistory('a')
  record(history, 'b')
  record(history, 'c')
  assert.equal(undo(history), 'b')
  assert.equal(redo(history), 'c')
  undo(history)
  record(history, 'd')
  assert.equal(redo(history), null)
  seek(history, 'a')
  assert.deepEqual([history.present, history.future], ['a', ['d', 'b']])
  seek(history, 'd')
  assert.deepEqual([history.present, history.past], ['d', ['a', 'b']])
  seek(history, 'elsewhere')
  assert.deepEqual([history.present, history.past.length], ['elsewhere', 3])
})

test('a trajectory is written as it is read, numbers with six digits', () => {
  const object = newObject([], ELLIPSE, 1 / 3, 0.5)
  const text = writeTrajectory({ objects: [object], camera: [] })
  assert.equal(JSON.parse(text).objects[0].position[0].x, 0.333333)
  assert.equal(writeTrajectory(readTrajectory(text)), text)
})

test('names are made unique as Python makes them', () => {
  assert.equal(freeName('object 1', ['object 1', 'object 2']), 'object 3')
  assert.equal(freeName('ball', ['ball']), 'ball 2')
  assert.equal(freeName('<b>x</b>', []), '<b>x</b>')
})

const WRONG = [
  '{', '[]', '5', 'null', '"text"', '{"format":"maskvideo trajectory"}',
  JSON.stringify({ format: 'maskvideo trajectory', version: 2, objects: [] }),
  '{"format":"maskvideo trajectory","version":1,"objects":[{"name":"a"}]}',
  `{"format":"maskvideo trajectory","version":1,"objects":[],"x":"${'y'.repeat(100000)}"}`
]
WRONG.forEach((text, i) => test(`wrong text ${i} is told, not thrown at the node`, () => {
  assert.throws(() => readTrajectory(text), TrajectoryError)
}))

test('any value in any place is read or told', () => {
  const values = [null, true, -1, 1e300, 'x', [], {}, [[]], [{}], [1, 2], { kind: 'ellipse' }, { kind: 'constructor' }, [{ time: 0 }]]
  const base = { ...newObject([], ELLIPSE, 0.5, 0.5) }
  for (const key of [...Object.keys(base), '__proto__', 'more']) {
    for (const value of values) {
      const text = JSON.stringify({ format: 'maskvideo trajectory', version: 1, objects: [{ ...base, [key]: value }] })
      try {
        writeTrajectory(readTrajectory(text))
      } catch (error) {
        assert.ok(error instanceof TrajectoryError, `${key} ${JSON.stringify(value)}: ${error}`)
      }
    }
  }
})
