/** As much of a 2D context as the editor's painting uses, in plain JavaScript: coverage by oversampling, one colour. */

const TIMES = 8

export class SoftwareContext {
  constructor(width, height) {
    Object.assign(this, { width, height, columns: width * TIMES, rows: height * TIMES })
    this.samples = new Uint8Array(this.columns * this.rows)
    this.matrix = [1, 0, 0, 1, 0, 0]
    this.globalCompositeOperation = 'source-over'
    this.lineWidth = 1
    this.saved = []
    this.path = []
  }

  save() {
    this.saved.push([this.matrix, this.globalCompositeOperation])
  }

  restore() {
    ;[this.matrix, this.globalCompositeOperation] = this.saved.pop()
  }

  transform(a, b, c, d, e, f) {
    const [m, n, o, p, q, r] = this.matrix
    this.matrix = [m * a + o * b, n * a + p * b, m * c + o * d, n * c + p * d, m * e + o * f + q, n * e + p * f + r]
  }

  beginPath() {
    this.path = []
  }

  moveTo(x, y) {
    this.path.push([])
    this.lineTo(x, y)
  }

  lineTo(x, y) {
    const [a, b, c, d, e, f] = this.matrix
    this.path[this.path.length - 1].push([(a * x + c * y + e) * TIMES, (b * x + d * y + f) * TIMES])
  }

  closePath() {}

  get ink() {
    return this.globalCompositeOperation === 'destination-out' ? 0 : 1
  }

  fill(rule) {
    if (rule !== 'evenodd') throw new Error(`only even-odd is filled, not ${rule}`)
    for (let row = 0; row < this.rows; row++) {
      const crossings = this.path.flatMap((points) => crossingsAt(points, row + 0.5)).sort((a, b) => a - b)
      for (let i = 0; i + 1 < crossings.length; i += 2) this.run(row, crossings[i], crossings[i + 1])
    }
  }

  run(row, from, to) {
    const first = Math.max(0, Math.ceil(from - 0.5))
    const last = Math.min(this.columns - 1, Math.ceil(to - 0.5) - 1)
    if (last >= first) this.samples.fill(this.ink, row * this.columns + first, row * this.columns + last + 1)
  }

  stroke() {
    const radius = (this.lineWidth / 2) * Math.hypot(this.matrix[0], this.matrix[1]) * TIMES
    for (const points of this.path) {
      for (let i = 1; i < points.length; i++) this.capsule(points[i - 1], points[i], radius)
    }
  }

  capsule([x0, y0], [x1, y1], radius) {
    const [dx, dy] = [x1 - x0, y1 - y0]
    const length = dx * dx + dy * dy || 1
    const rows = range(Math.min(y0, y1) - radius, Math.max(y0, y1) + radius, this.rows)
    const columns = range(Math.min(x0, x1) - radius, Math.max(x0, x1) + radius, this.columns)
    for (let row = rows[0]; row <= rows[1]; row++) {
      for (let column = columns[0]; column <= columns[1]; column++) {
        const [px, py] = [column + 0.5 - x0, row + 0.5 - y0]
        const u = Math.min(1, Math.max(0, (px * dx + py * dy) / length))
        if (Math.hypot(px - u * dx, py - u * dy) <= radius) this.samples[row * this.columns + column] = this.ink
      }
    }
  }

  /** Half coverage is the mask: bytes of 0 and 1, row by row. */
  mask() {
    const mask = new Uint8Array(this.width * this.height)
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        let sum = 0
        for (let row = y * TIMES; row < (y + 1) * TIMES; row++) {
          for (let column = x * TIMES; column < (x + 1) * TIMES; column++) sum += this.samples[row * this.columns + column]
        }
        mask[y * this.width + x] = sum > (TIMES * TIMES) / 2 ? 1 : 0
      }
    }
    return mask
  }
}

function crossingsAt(points, y) {
  const found = []
  points.forEach(([x0, y0], i) => {
    const [x1, y1] = points[(i + 1) % points.length]
    if (y0 > y !== y1 > y) found.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0))
  })
  return found
}

function range(from, to, count) {
  return [Math.max(0, Math.floor(from)), Math.min(count - 1, Math.ceil(to))]
}
