/** Where the pictures of a node's clip come from: a file before any run, otherwise the last run. */

import { loadImage, resultUrl } from './node_pictures.js'

const NO_CLIP = 'Connect a clip: a loaded video or image is shown at once,\nother frames after the first run.'
const MIRRORED = 'This clip is stored mirrored, and Get Video Components does not undo that:\nconnect the video itself'
const AFTER_RUN = 'These frames are shown after a run:\nqueue the graph once, then point.'

/** A clip for ClipPictures.show, or the reason why there is none. Frames of a run may not be those of the next: it is said. */
export async function describe(source, linked, run, api) {
  const clip = source?.url ? await (source.video ? describeVideo(source.file, api) : describeImage(source.url)) : null
  const turned = clip?.mirrored && source.taken
  if (typeof clip === 'string' || (clip && !turned)) return clip.size && source.shape ? { ...clip, size: source.shape, cut: source.shape.cut } : clip
  const reason = turned ? MIRRORED : source?.unknown
  if (run.maskvideo_clip?.length) return describeRun(run, api, reason)
  return reason ? `${reason}.\n${AFTER_RUN}` : linked ? AFTER_RUN : NO_CLIP
}

function describeRun(run, api, reason) {
  const [clip] = run.maskvideo_clip
  const pictures = new Map(run.maskvideo_frames.map((one) => [one.frame, resultUrl(api, one)]))
  const words = [`frames of the last run, ${clip.width} × ${clip.height}`, ...(reason ? [reason] : [])].join('; ')
  return { size: clip, count: clip.count, address: (frame) => pictures.get(frame), frames: [...pictures.keys()], words }
}

async function describeVideo(file, api) {
  const answer = await api.fetchApi(`/maskvideo/clip?${new URLSearchParams({ file })}`).catch(() => null)
  const clip = await answer?.json().catch(() => null)
  if (!clip || clip.error) return clip?.error ?? AFTER_RUN
  const address = (frame) => api.apiURL(`/maskvideo/frame?${new URLSearchParams({ file, frame, version: clip.version })}`)
  return { size: clip, count: clip.count, mirrored: clip.mirrored, address }
}

async function describeImage(url) {
  const image = await loadImage(url)
  if (!image) return AFTER_RUN
  return { size: { width: image.naturalWidth, height: image.naturalHeight }, count: 1, address: () => url }
}

/** Addresses of what a run found, by frame. */
export function foundPictures(run, api) {
  return new Map((run.maskvideo_found ?? []).map((one) => [one.frame, resultUrl(api, one)]))
}
