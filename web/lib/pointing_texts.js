/** The node's three texts as one, which the history keeps and an undo of the graph is known by. */

export const FIELDS = ['points', 'not_points', 'boxes']

/** The three texts as one: empty where they all are. */
export function joinTexts(texts) {
  const values = FIELDS.map((name) => String(texts[name] ?? ''))
  return values.some((value) => value.trim()) ? JSON.stringify(values) : ''
}

export function splitTexts(text) {
  const values = text ? JSON.parse(text) : []
  return Object.fromEntries(FIELDS.map((name, place) => [name, values[place] ?? '']))
}
