/** Frames of a video file in the browser, before anything has run. */

const WIDEST_PX = 960
const SEEK_MS = 5000

/** Up to `count` pictures of a video, evenly spaced from first to last; none where the browser does not decode it. */
export async function videoFrames(url, count) {
  const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto', src: url })
  try {
    await happens(video, 'loadeddata')
    const frames = []
    for (let i = 0; i < count; i++) {
      video.currentTime = (video.duration * (i + 0.5)) / count
      await happens(video, 'seeked')
      frames.push(picture(video))
    }
    return frames
  } catch {
    return []
  } finally {
    video.removeAttribute('src')
  }
}

function happens(video, name) {
  return new Promise((done, failed) => {
    const timer = setTimeout(failed, SEEK_MS, new Error(name))
    video.addEventListener(name, () => (clearTimeout(timer), done()), { once: true })
    video.addEventListener('error', () => (clearTimeout(timer), failed(video.error)), { once: true })
  })
}

function picture(video) {
  const canvas = document.createElement('canvas')
  const scale = Math.min(1, WIDEST_PX / video.videoWidth)
  canvas.width = Math.round(video.videoWidth * scale)
  canvas.height = Math.round(video.videoHeight * scale)
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height)
  return canvas
}
