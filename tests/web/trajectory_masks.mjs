/** Masks of trajectories by the browser's code: a JSON file of cases in, a JSON file of masks (base64 bytes) out. */

import { readFileSync, writeFileSync } from 'node:fs'
import { frameTime, isThere } from '../../web/lib/trajectory_keys.js'
import { cameraMatrix, multiply, objectMatrix } from '../../web/lib/trajectory_geometry.js'
import { paintShape } from '../../web/lib/trajectory_paint.js'
import { readTrajectory, writeTrajectory } from '../../web/lib/trajectory_file.js'
import { SoftwareContext } from './software_context.mjs'

function mask(object, camera, time, size) {
  const context = new SoftwareContext(size.width, size.height)
  if (isThere(object, time)) {
    paintShape(context, object.shape, multiply(cameraMatrix(camera, time, size), objectMatrix(object, time, size)), '#fff')
  }
  return Buffer.from(context.mask()).toString('base64')
}

function masks({ text, frames, width, height }) {
  const { objects, camera } = readTrajectory(writeTrajectory(readTrajectory(text)))
  const times = Array.from({ length: frames }, (_, frame) => frameTime(frame, frames))
  return objects.map((object) => times.map((time) => mask(object, camera, time, { width, height })))
}

const [, , source, target] = process.argv
writeFileSync(target, JSON.stringify(JSON.parse(readFileSync(source, 'utf8')).map(masks)))
