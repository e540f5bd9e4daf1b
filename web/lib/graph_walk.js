/** Where the value of a node's input comes from: up the links as the host queues them, to who makes or holds it. */

/** The id of a subgraph's own inputs, seen from within. */
const FROM_OUTSIDE = -10
const [MUTED, BYPASSED] = [2, 4]
const DEEPEST = 64
/** A node of one number, under such a name, gives that number. */
const CONSTANT = /^(value|int|integer|num|number)$/i

export function isLinked(node, name) {
  return !isOpen(node.inputs?.find((one) => one.name === name))
}

function isOpen(input) {
  return input?.link === null || input?.link === undefined
}

/** {node, slot}: the output that an input is given by; {node, widget}: a field that holds its value, the input's own or
 * that of a subgraph node which it is promoted to. Reroutes and bypassed nodes are passed, as are subgraphs both ways;
 * where the way ends at nothing, such as a muted node, the host takes the input's own field.
 *
 * holder: the node of the subgraph that `node` is in; without it the first that there is.
 */
export function giverOf(node, name, holder = null) {
  const input = node.inputs?.find((one) => one.name === name)
  return follow(node.graph, input?.link, holder ? [holder] : [], DEEPEST) ?? { node, widget: widgetOf(node, name) }
}

/** {value, from}: what an input has now; undefined where only a run tells. from: the other node that it comes from. */
export function valueOf(node, name, holder = null) {
  const giver = giverOf(node, name, holder)
  const from = giver.node === node ? null : giver.node
  if (giver.slot === undefined) return { value: giver.widget?.value, from }
  const field = constantIn(giver.node)
  return { value: field ? valueOf(giver.node, field.name).value : undefined, from }
}

/** All nodes that stand for a subgraph in the graphs around it. */
export function holdersOf(graph) {
  const root = graph?.rootGraph
  const graphs = root && root !== graph ? [root, ...(root.subgraphs?.values() ?? [])] : []
  return graphs.flatMap((one) => one.nodes ?? []).filter((node) => node.subgraph === graph)
}

/** inside: the subgraph nodes that the way has gone into; null where it ends at nothing. */
function follow(graph, linkId, inside, left) {
  const link = graph?.getLink?.(linkId)
  if (!link || left === 0) return null
  if (Number(link.origin_id) === FROM_OUTSIDE) return outside(graph, link.origin_slot, inside, left - 1)
  const node = graph.getNodeById(link.origin_id)
  return node ? output(node, link.origin_slot, inside, left - 1) : null
}

function output(node, slot, inside, left) {
  if (node.mode === MUTED) return null
  if (node.mode === BYPASSED) return follow(node.graph, passed(node, slot)?.link, inside, left)
  if (node.subgraph) return follow(node.subgraph, node.subgraph.outputs[slot]?.linkIds?.[0], [...inside, node], left)
  if (!node.isVirtualNode) return { node, slot }
  const other = node.resolveVirtualOutput?.(slot)
  if (other) return output(other.node, other.slot, inside, left)
  const link = node.getInputLink?.(slot)
  return link ? follow(node.graph, link.id, inside, left) : { node, slot }
}

/** A subgraph's input is the input of the node that stands for it, with a field where no link comes in. */
function outside(graph, slot, inside, left) {
  const holder = inside.at(-1)?.subgraph === graph ? inside.at(-1) : holdersOf(graph)[0]
  const input = holder?.inputs?.find((one) => one.name === graph.inputs?.[slot]?.name)
  if (!input) return null
  if (isOpen(input)) return { node: holder, widget: widgetOf(holder, input.widget?.name ?? input.name) }
  return follow(holder.graph, input.link, inside.slice(0, -1), left)
}

/** The input that a bypassed node passes on: the one beside the output, or the first of its type. */
function passed(node, slot) {
  const type = node.outputs?.[slot]?.type
  const beside = node.inputs?.[slot]
  return beside?.type === type ? beside : node.inputs?.find((one) => one.type === type)
}

/** The field of a node that does nothing but give its number. */
function constantIn(node) {
  const numbers = node.widgets?.filter((widget) => typeof widget.value === 'number') ?? []
  const others = node.inputs?.some((input) => !input.widget) ?? false
  const plain = numbers.length === 1 && !others && node.outputs?.length === 1
  return plain && (node.isVirtualNode || CONSTANT.test(numbers[0].name)) ? numbers[0] : null
}

function widgetOf(node, name) {
  return node.widgets?.find((widget) => widget.name === name)
}
