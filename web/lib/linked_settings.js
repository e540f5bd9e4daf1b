/** Numbers that a node is set by, wherever they come from, and words for those that come from other nodes. */

import { holdersOf, isLinked, valueOf } from './graph_walk.js'

/** {values, words, linked}: the numbers by name; what to say of those that come from elsewhere, a line for each node;
 * the names of those.
 *
 * presets: numbers by name, for what no field has. ran: the numbers of the last run, which stand in where only a run
 * tells; null before the first.
 */
export function settingsOf(node, presets, ran) {
  const read = Object.entries(presets).map(([name, preset]) => settingOf(node, name, preset, ran))
  const lines = new Map()
  for (const one of read.filter(({ from }) => from)) {
    const line = lines.get(one.from) ?? lines.set(one.from, []).get(one.from)
    line.push(one)
  }
  return {
    values: Object.fromEntries(read.map(({ name, value }) => [name, value])),
    words: [...[...lines].map(([from, group]) => sayOf(from, group)), ...sayOfLost(node, read)],
    linked: read.filter(({ from }) => from).map(({ name }) => name)
  }
}

/** "width and height come from Get Image Size". */
export function comeFrom(names, node) {
  const all = names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  const several = names.length > 1 || names[0].endsWith('s')
  return `${all} come${several ? '' : 's'} from ${titleOf(node)}`
}

function settingOf(node, name, preset, ran) {
  const { value, from } = valueOf(node, name)
  if (isNumber(value)) return { name, value: Number(value), from, known: true, others: othersOf(node, name, value) }
  const own = node.widgets?.find((widget) => widget.name === name)?.value
  const shown = [ran?.[name], own, preset].find(isNumber)
  return { name, value: Number(shown), from, known: false, ran: isNumber(ran?.[name]) }
}

/** Values that other nodes of the same subgraph give: they share the one editor in it. */
function othersOf(node, name, value) {
  if (!isLinked(node, name)) return []
  const values = holdersOf(node.graph).slice(1).map((holder) => valueOf(node, name, holder).value)
  return [...new Set(values.filter((one) => isNumber(one) && Number(one) !== Number(value)))]
}

function sayOf(from, group) {
  const part = (known, ran) => group.filter((one) => one.known === known && (known || one.ran === ran))
  const say = (some, before) => (some.length ? `${comeFrom(some.map(({ name }) => name), from)}: ${before}${some.map(({ value }) => value).join(', ')}` : null)
  const others = group.flatMap((one) => one.others ?? [])
  const shared = others.length ? ` (other copies of this subgraph give ${others.join(', ')})` : ''
  const lines = [say(part(true), ''), say(part(false, true), 'last run '), say(part(false, false), 'known after a run, until then ')]
  return `${lines.filter(Boolean).join('; ')}${shared}`
}

/** A link that ends at a muted node, or at one that passes nothing on: its field is out of sight, and counts. */
function sayOfLost(node, read) {
  const lost = read.filter(({ name, from }) => !from && isLinked(node, name))
  return lost.map(({ name, value }) => `${name}: its link gives nothing, so the node’s own ${value} counts`)
}

function titleOf(node) {
  return String(node.title || node.type || 'another node')
}

function isNumber(value) {
  return value !== null && value !== undefined && value !== '' && Number.isFinite(Number(value)) && Number(value) >= 1
}
