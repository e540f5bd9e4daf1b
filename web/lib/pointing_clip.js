/** The pictures of a clip by frame number, fetched as they are looked at. It knows no host: `look` gives addresses. */

const KEPT = 96
const AHEAD = 2

/** A clip of which nothing is known yet. changed(): called when there is more to show. */
export class ClipPictures {
  constructor(changed) {
    this.changed = changed
    this.pictures = new Map()
    this.forget()
  }

  forget() {
    Object.assign(this, { size: null, count: null, frames: null, address: null, cut: false, message: null, found: new Map(), waiting: null, words: '' })
    this.pictures.clear()
  }

  /** clip: {size, count, address(frame), frames, cut, words}: frames are those that have pictures, null where all have one;
   * cut: the pictures are larger than the frame, which is their middle. words: what to say of where they come from.
   */
  show({ size, count, address, frames = null, cut = false, words = '' }) {
    this.forget()
    Object.assign(this, { size, count, address, frames, cut, words })
    this.changed()
  }

  /** Where a run found the objects: addresses by frame. */
  showFound(addresses) {
    this.found = addresses
    this.changed()
  }

  /** Nothing to show, and why. */
  say(message) {
    this.forget()
    this.message = message
    this.changed()
  }

  /** The frame nearest to this one that has a picture. */
  nearest(frame) {
    if (!this.frames) return frame
    return this.frames.reduce((best, one) => (Math.abs(one - frame) < Math.abs(best - frame) ? one : best), this.frames[0])
  }

  /** {image, frame}: the picture of a frame, or of the nearest that there is; image null while it is on its way.
   *
   * One is fetched at a time, so that a scrubbed clip goes straight to where the user is; then the next ones.
   */
  picture(frame) {
    if (!this.address || frame >= this.count) return { image: null, frame }
    const near = this.nearest(frame)
    const image = this.fetch(this.address(near))
    for (let i = 1; i <= AHEAD && image; i++) if (near + i < this.count && !this.frames) this.fetch(this.address(near + i))
    return { image, frame: near }
  }

  foundOn(frame) {
    const address = this.found.get(frame)
    return address ? this.fetch(address) : null
  }

  /** The image where it is there. */
  fetch(address) {
    const known = this.pictures.get(address)
    if (known) return known.complete && known.naturalWidth ? known : null
    if (this.waiting) return null
    const image = new Image()
    this.waiting = image
    this.pictures.set(address, image)
    if (this.pictures.size > KEPT) this.pictures.delete(this.pictures.keys().next().value)
    image.onload = image.onerror = () => {
      if (this.waiting === image) this.waiting = null
      this.changed()
    }
    image.src = address
    return null
  }
}
