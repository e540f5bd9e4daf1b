/** Reads texts of points and boxes as the editor does, from a file, and prints what it makes of each. */

import { readFileSync } from 'node:fs'
import { PromptError, readPrompts, writePrompts } from '../../web/lib/pointing_format.js'
import { trackColour } from '../../web/lib/pointing_objects.js'

const { cases, size, colours } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

function made(texts) {
  try {
    return { written: writePrompts(readPrompts(texts, size)) }
  } catch (error) {
    if (error instanceof PromptError) return { error: error.message }
    throw error
  }
}

console.log(JSON.stringify({ made: cases.map(made), colours: Array.from({ length: colours }, (_, place) => trackColour(place)) }))
