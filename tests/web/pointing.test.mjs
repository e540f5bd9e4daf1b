/** The pointing editor's pure modules, each for itself. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { PromptError, SizeError, readPrompts, writePrompts } from '../../web/lib/pointing_format.js'
import { limitsOf, warningsOf } from '../../web/lib/pointing_limits.js'
import { PointingModel } from '../../web/lib/pointing_model.js'
import { addObject, moveBy, promptFrames, promptUnder, setBox, sortedBox, trackColour, usableName, withCorner } from '../../web/lib/pointing_objects.js'
import { joinTexts, splitTexts } from '../../web/lib/pointing_texts.js'

const SIZE = { width: 200, height: 100 }

function model() {
  const written = []
  const clip = { size: SIZE, count: 20 }
  const made = new PointingModel({ clip, onChange: (texts) => written.push(texts), limits: () => ({}) })
  made.load('')
  return { made, written }
}

const read = (texts, size = SIZE) => readPrompts({ points: '', not_points: '', boxes: '', ...texts }, size)

test('what is written is read again as it was, objects in their order', () => {
  const objects = read({ points: '{"b": [], "a": [{"x": 0.25, "y": 0.5, "frame": 3, "label": 0}]}', boxes: '{"b": [{"frame": 2, "box": [0, 0, 0.5, 1]}]}' })
  assert.deepEqual(objects.map((one) => one.name), ['b', 'a'])
  assert.deepEqual(readPrompts(writePrompts(objects), null), objects)
})

test('nothing is written for nothing', () => {
  assert.deepEqual(writePrompts([]), { points: '', not_points: '', boxes: '' })
  assert.equal(joinTexts(writePrompts([])), '')
  assert.deepEqual(splitTexts(''), { points: '', not_points: '', boxes: '' })
})

test('lists in pixels wait for the size of the clip', () => {
  assert.throws(() => read({ points: '[{"x": 50, "y": 50}]' }, null), SizeError)
  const [object] = read({ points: '[{"x": 50, "y": 50}]', not_points: '[{"x": 100, "y": 100}]' })
  assert.deepEqual(object.points.map(({ x, y, label }) => [x, y, label]), [[0.25, 0.5, 1], [0.5, 1, 0]])
})

test('hostile texts are errors in words, and never anything else', () => {
  const hostile = ['{', '[[[[', 'NaN', '7', '"x"', '[1]', '[null]', '[{"x": 1e999, "y": 0}]', '[{"x": NaN, "y": 0}]', '{"a": 3}', '{"a": [{"x": 0.5}]}',
    '{"": [{"x": 0.5, "y": 0.5}]}', '{"a\\u0000": []}', '{"a": [{"x": 0.5, "y": 0.5, "label": 2}]}', '{"a": [{"x": 0.5, "y": 0.5, "frame": -1}]}',
    '{"a": [{"x": 0.5, "y": 0.5, "frame": 0.5}]}', '{"a": [{"x": 1.5, "y": 0.5}]}', '{"a": [{"x": 0.5, "y": 0.5, "size": 1}]}', '9'.repeat(200000)]
  for (const text of hostile) assert.throws(() => read({ points: text }), PromptError, text.slice(0, 40))
  for (const text of ['[[0, 0, 0, 1]]', '[[0.5, 0, 0.2, 1]]', '[[0, 0, 1]]', '{"a": [{"box": "x"}]}', '[[-0.2, 0, 0.5, 0.5]]', '{"a": [{"box": [0, 0, 1, 1], "x": 1}]}']) {
    assert.throws(() => read({ boxes: text }), PromptError, text)
  }
  const many = JSON.stringify({ a: Array.from({ length: 2500 }, () => ({ x: 0.5, y: 0.5 })) })
  assert.throws(() => read({ points: many }), PromptError)
})

test('names are text, whatever they hold', () => {
  for (const name of ['<img src=x onerror=alert(1)>', '__proto__', 'constructor', '“ü”']) {
    const [object] = read({ points: JSON.stringify({ [name]: [] }).replace('{}', `{${JSON.stringify(name)}: []}`) })
    assert.equal(object.name, name)
    assert.equal(JSON.parse(writePrompts([object]).points.replace('"__proto__"', '"proto"'))[name === '__proto__' ? 'proto' : name].length, 0)
  }
})

test('names that the format means something else by are changed', () => {
  assert.equal(usableName('box', []), 'object box')
  assert.equal(usableName(' a\n b ', ['a b']), 'a b 2')
  assert.equal(usableName('12', []), 'object 12')
  assert.equal(usableName('\u0000', []), '')
})

test('a box is dragged by any corner and never leaves the frame', () => {
  assert.deepEqual(sortedBox([0.75, 0.5, 0.25, -1]), [0.25, 0, 0.75, 0.5])
  assert.deepEqual(withCorner([0.25, 0.25, 0.5, 0.5], 0, [0.75, 2]), [0.5, 0.5, 0.75, 1])
  const prompt = { frame: 0, box: [0.25, 0.25, 0.5, 0.5] }
  assert.deepEqual(moveBy(prompt, 0.75, -1).box, [0.75, 0, 1, 0.25])
  assert.deepEqual(moveBy({ x: 0.5, y: 0.5 }, 2, -2), { x: 1, y: 0 })
})

test('points are found before boxes, corners before edges, and the inside of a box is free', () => {
  const objects = [{ name: 'a', points: [{ frame: 0, x: 0.25, y: 0.25, label: 1 }], boxes: [{ frame: 0, box: [0.25, 0.25, 0.75, 0.75] }] }]
  const at = (x, y, frame = 0) => promptUnder(objects, frame, [x, y], ([px, py]) => Math.hypot(px - x, py - y), 0.05)?.part ?? null
  assert.deepEqual([at(0.26, 0.25), at(0.75, 0.74), at(0.5, 0.26), at(0.5, 0.5), at(0.25, 0.25, 1)], ['point', 2, 'edge', null, null])
})

test('marks know the frames and the objects that have prompts there', () => {
  const objects = [addObject([]), addObject([])]
  setBox(objects[1], 7, [0, 0, 1, 1])
  setBox(objects[0], 7, [0, 0, 1, 1])
  setBox(objects[0], 2, [0, 0, 1, 1])
  assert.deepEqual(promptFrames(objects), [{ frame: 2, places: [0] }, { frame: 7, places: [0, 1] }])
})

test('what would be refused is said before: a frame too late, a first frame that shows nothing', () => {
  const late = { name: 'a', points: [{ frame: 30, x: 0, y: 0, label: 1 }], boxes: [] }
  const negative = { name: 'b', points: [{ frame: 0, x: 0, y: 0, label: 0 }, { frame: 3, x: 0, y: 0, label: 1 }], boxes: [] }
  assert.deepEqual(warningsOf([late, negative], 20).map((one) => [one.name, one.frame]), [['a', 30], ['b', 0]])
  assert.deepEqual(warningsOf([late, negative], null, true), [])
  assert.match(limitsOf('flow', 'a dog'), /no model.*text finds/)
})

test('the first click makes an object, the next box replaces the one before, each is a step back', () => {
  const { made, written } = model()
  made.point([0.25, 0.5], 1)
  made.box([0, 0, 0.5, 0.5])
  made.box([0, 0, 0.75, 0.75])
  assert.deepEqual(JSON.parse(written.at(-1).boxes), { 'object 1': [{ frame: 0, box: [0, 0, 0.75, 0.75] }] })
  made.undo()
  made.undo()
  made.undo()
  assert.deepEqual(written.at(-1), { points: '', not_points: '', boxes: '' })
  made.redo()
  assert.deepEqual(JSON.parse(written.at(-1).points), { 'object 1': [{ frame: 0, x: 0.25, y: 0.5, label: 1 }] })
})

test('a point outside the frame is refused, and so is any change while a link gives the texts', () => {
  const { made, written } = model()
  made.point([1.01, 0.5], 1)
  made.box([1.1, 0, 1.4, 1])
  made.locked = 'points come from another node'
  made.point([0.5, 0.5], 1)
  made.newObject()
  made.undo()
  assert.deepEqual(written, [])
})

test('a wrong text is kept until the user starts anew', () => {
  const { made, written } = model()
  made.load(joinTexts({ points: '{' }))
  made.point([0.5, 0.5], 1)
  assert.deepEqual([written.length, splitTexts(made.text).points], [0, '{'])
  made.startAnew()
  assert.equal(written.length, 1)
  assert.equal(made.error, null)
})

test('a point is moved by pixels of the clip and turned into its opposite', () => {
  const { made, written } = model()
  made.goTo(5)
  made.point([0.5, 0.5], 1)
  made.nudge(10, -10)
  made.flip(made.prompt)
  assert.deepEqual(JSON.parse(written.at(-1).points)['object 1'], [{ frame: 5, x: 0.55, y: 0.4, label: 0 }])
  made.goTo(6)
  assert.equal(made.prompt, null)
})

test('colours are those of the masks, beyond the palette too', () => {
  assert.deepEqual([trackColour(0), trackColour(7)], [[230, 75, 53], [60, 84, 200]])
  assert.equal(new Set(Array.from({ length: 40 }, (_, i) => trackColour(i).join())).size, 40)
})
