/** Icons as lines, 16 x 16: the same on every system, whatever its fonts have. */

const LINES = {
  select: 'M3 2l9 5-4 1.5L6.5 13z',
  path: 'M2 12c2-6 4 2 6-3s3-6 6-5',
  curve: 'M2 13C4 3 12 13 14 3M2 13h.01M14 3h.01M8 8h.01',
  ellipse: 'M14 8a6 4.5 0 1 1-12 0a6 4.5 0 1 1 12 0',
  rectangle: 'M2 4h12v8H2z',
  polygon: 'M8 2l6 4.5-2.5 7h-7L2 6.5z',
  lasso: 'M6 11C1 10 1 3 8 3s8 6 2 7.5c-3 .6-5-.5-4.5 1.5s-1 2-2 2',
  brush: 'M13.5 2.5L7 9M7 9c-3-.5-2 3-5 4 4 1.5 6.5-.5 5-4z',
  eraser: 'M9 3l5 5-5 5H6L2.5 9.5zM5.5 6.5l5 5',
  undo: 'M5 3L2 6l3 3M2 6h7a4 4 0 0 1 0 8H6',
  redo: 'M11 3l3 3-3 3M14 6H7a4 4 0 0 0 0 8h3',
  onion: 'M2 5h6v6H2zM5 5V3h6v8H8M11 5h3v8H6v-2',
  fit: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  large: 'M9 7l5-5M10 2h4v4M7 9l-5 5M2 10v4h4',
  play: 'M4 2l9 6-9 6z',
  pause: 'M5 3v10M11 3v10',
  loop: 'M3 7a5 5 0 0 1 9-2M13 2v3h-3M13 9a5 5 0 0 1-9 2M3 14v-3h3',
  up: 'M3 10l5-5 5 5',
  down: 'M3 6l5 5 5-5',
  locked: 'M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2',
  open: 'M3 7h10v7H3zM5 7V4a3 3 0 0 1 5.8-1',
  key: 'M8 3l5 5-5 5-5-5z',
  plus: 'M8 2a6 6 0 1 0 .01 0zM8 5v6M5 8h6',
  minus: 'M8 2a6 6 0 1 0 .01 0zM5 8h6',
  box: 'M2 4V2h2M12 2h2v2M14 12v2h-2M4 14H2v-2M5 5h6v6H5z',
  remove: 'M3 4h10M6 4V2h4v2M4.5 4l.5 10h6l.5-10M7 7v4M9 7v4',
  before: 'M10 3L5 8l5 5M3 3v10',
  after: 'M6 3l5 5-5 5M13 3v10',
  found: 'M1.5 8C4 3.5 12 3.5 14.5 8 12 12.5 4 12.5 1.5 8zM8 6a2 2 0 1 0 .01 0z',
  text: 'M3 4V3h10v1M8 3v10M6 13h4',
  add: 'M8 3v10M3 8h10'
}
const NAMESPACE = 'http://www.w3.org/2000/svg'

/** One icon as an element; its button says what it does. */
export function icon(name) {
  const drawing = document.createElementNS(NAMESPACE, 'svg')
  drawing.setAttribute('viewBox', '0 0 16 16')
  drawing.setAttribute('class', 'mv-icon')
  drawing.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS(NAMESPACE, 'path')
  line.setAttribute('d', LINES[name])
  drawing.append(line)
  return drawing
}
