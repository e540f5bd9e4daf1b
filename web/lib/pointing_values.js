/** Values out of JSON that anyone may have written. */

export function isRecord(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** What a text stands for, an empty list for nothing; `fail` is called with the reason where it is no JSON. */
export function parseText(text, fail) {
  if (!text.trim()) return []
  try {
    return JSON.parse(text) || []
  } catch (error) {
    return fail(error.message)
  }
}

/** The finite numbers of those names, null where one is missing. */
export function numbersOf(entry, names) {
  const values = names.map((name) => entry[name])
  return values.every((value) => typeof value === 'number' && Number.isFinite(value)) ? values : null
}
