/** What the browser makes of texts: a JSON list of texts in, a list of "read" or the message out. Anything else throws. */

import { readFileSync, writeFileSync } from 'node:fs'
import { frameTime, isThere } from '../../web/lib/trajectory_keys.js'
import { cameraMatrix, multiply, objectMatrix } from '../../web/lib/trajectory_geometry.js'
import { TrajectoryError, readTrajectory, writeTrajectory } from '../../web/lib/trajectory_file.js'

const SIZE = { width: 32, height: 20 }

function use(text) {
  const { objects, camera } = readTrajectory(writeTrajectory(readTrajectory(text)))
  for (const frames of [1, 4]) {
    for (let frame = 0; frame < frames; frame++) {
      const time = frameTime(frame, frames)
      for (const object of objects) {
        isThere(object, time)
        const place = multiply(cameraMatrix(camera, time, SIZE), objectMatrix(object, time, SIZE))
        if (!place.every(Number.isFinite)) throw new Error(`no place for ${text}`)
      }
    }
  }
}

function outcome(text) {
  try {
    use(text)
    return 'read'
  } catch (error) {
    if (error instanceof TrajectoryError) return error.message
    throw error
  }
}

const [, , source, target] = process.argv
writeFileSync(target, JSON.stringify(JSON.parse(readFileSync(source, 'utf8')).map(outcome)))
