/** Matrices [a, b, c, d, e, f] that take (x, y) to (a x + c y + e, b x + d y + f), as a canvas's do. */

/** First `inner`, then `outer`. */
export function multiply(outer, inner) {
  const [a, b, c, d, e, f] = outer
  const [g, h, i, j, k, l] = inner
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f]
}

export function apply([a, b, c, d, e, f], [x, y]) {
  return [a * x + c * y + e, b * x + d * y + f]
}

export function inverse([a, b, c, d, e, f]) {
  const area = a * d - b * c
  return [d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area]
}

/** Clockwise on a screen whose y goes down. */
export function scaledRotation(scale, degrees) {
  const turn = (degrees * Math.PI) / 180
  const [cos, sin] = [scale * Math.cos(turn), scale * Math.sin(turn)]
  return [cos, sin, -sin, cos, 0, 0]
}
