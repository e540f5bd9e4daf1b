/** The pointing editor in a SAM Mask Sequence node: the node's texts are the truth, the editor writes and reads them. */

import { element } from './dom.js'
import { ClipPictures } from './pointing_clip.js'
import { describe, foundPictures } from './pointing_source.js'
import { limitsOf } from './pointing_limits.js'
import { FIELDS, joinTexts } from './pointing_texts.js'
import { createPointingEditor } from './pointing_view.js'
import { isLinked } from './graph_walk.js'
import { offerLargeView } from './large_views.js'
import { outputOf, rememberOutput, sourceOf } from './node_pictures.js'
import { ViewStore, chain, changed, keepLooking, largeView, replaceStale } from './node_widget.js'

const NAME = 'pointing'
const CLIP = 'clip'
const SHOWN_BY = ['backend', 'text']
const AS_TEXT = 'MaskVideo points as text'
const MIN_WIDTH = 440
const MIN_HEIGHT = 400
/** What else can point at objects. */
const ELSEWHERE = ['mask']

const views = new ViewStore()

/** Add the editor to a node. It comes last and is not saved: the values of a node are stored by place. */
export function addPointing(node, app, api) {
  const shell = element('div', { class: 'mv-point-shell' })
  shell.style.minHeight = `${MIN_HEIGHT}px`
  const clip = new ClipPictures(() => editor?.model.notify('picture'))
  let editor = null
  editor = createPointingEditor({
    clip,
    onChange: (texts) => {
      writeTexts(node, texts)
      changed(app, node)
    },
    limits: () => ({ text: limitsOf(valueOf(node, 'backend'), valueOf(node, 'text')), elsewhere: ELSEWHERE.some((name) => isLinked(node, name)) }),
    asText: () => toggleText(node, editor),
    isText: () => Boolean(node.properties?.[AS_TEXT]),
    fullScreen: () => large.toggle()
  })
  const large = largeView(shell, editor, 'Points and boxes')
  const widget = node.addDOMWidget(NAME, 'MASKVIDEO_POINTING', shell, { getMinHeight: () => MIN_HEIGHT, hideOnZoom: false, serialize: false, socketless: true })
  widget.serialize = false
  editor.model.load('')
  connectNode(node, widget, editor, large, app, api)
  offerLargeView(node, large.toggle)
  hideTexts(node)
  node.setSize?.([Math.max(node.size[0], MIN_WIDTH), node.computeSize?.()[1] ?? node.size[1]])
}

function connectNode(node, widget, editor, large, app, api) {
  const look = () => lookAt(node, editor, app, api)
  const pull = later(() => pullTexts(node, editor))
  for (const name of [...FIELDS, ...SHOWN_BY]) {
    const own = widgetOf(node, name)
    if (own) chain(own, 'callback', pull)
  }
  chain(node, 'onAdded', () => {
    views.keep(node, editor.model)
    replaceStale(node, widget)
    pull()
    look()
  })
  chain(node, 'onConfigure', pull)
  chain(node, 'onConnectionsChange', later(() => {
    pullTexts(node, editor)
    look()
  }))
  chain(node, 'onExecuted', (output) => {
    rememberOutput(node, output)
    look()
  })
  node.onMaskVideoFrames = (output) => {
    rememberOutput(node, output)
    look()
  }
  chain(node, 'onRemoved', () => {
    large.close()
    editor.model.view.owner = null
  })
  keepLooking(node, look)
  for (const event of ['pointerenter', 'focusin']) {
    widget.element.addEventListener(event, () => {
      if (joinTexts(textsOf(node)) !== editor.model.text) pullTexts(node, editor)
      look()
    })
  }
  pull()
}

/** Once, after everything that is going on now: a node that is loaded sets one text after the other. */
function later(act) {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    setTimeout(() => {
      waiting = false
      act()
    })
  }
}

function widgetOf(node, name) {
  return node.widgets?.find((one) => one.name === name)
}

function valueOf(node, name) {
  return String(widgetOf(node, name)?.value ?? '')
}

function textsOf(node) {
  return Object.fromEntries(FIELDS.map((name) => [name, valueOf(node, name)]))
}

function writeTexts(node, texts) {
  for (const name of FIELDS) {
    const widget = widgetOf(node, name)
    if (widget && widget.value !== texts[name]) widget.value = texts[name]
  }
}

/** Show what the node's texts say now; links that give them make the editor read-only. */
function pullTexts(node, editor) {
  const linked = FIELDS.filter((name) => isLinked(node, name))
  editor.model.locked = linked.length ? `${linked.join(' and ')} come${linked.length > 1 ? '' : 's'} from another node: the editor only shows. Disconnect to point here.` : null
  const text = joinTexts(textsOf(node))
  if (text === editor.model.text && !editor.model.error) editor.refresh()
  else views.show(node, editor.model, text)
  hideTexts(node)
}

/** The texts are widgets as ever; they are out of sight until asked for, or until a link comes in. */
function hideTexts(node) {
  const open = Boolean(node.properties?.[AS_TEXT])
  let turned = false
  for (const name of FIELDS) {
    const widget = widgetOf(node, name)
    const hidden = !open && !isLinked(node, name)
    if (!widget || Boolean(widget.options.hidden) === hidden) continue // widget.hidden also tells of links
    turned = true
    widget.hidden = hidden
    widget.options.hidden = hidden
  }
  if (!turned) return
  const all = [...node.widgets] // Nodes 2.0 hears of a change of the list, not of one within a widget
  node.widgets.length = 0
  node.widgets.push(...all)
  node.setDirtyCanvas?.(true, true)
}

function toggleText(node, editor) {
  node.setProperty?.(AS_TEXT, !node.properties?.[AS_TEXT])
  hideTexts(node)
  const [width, height] = node.computeSize?.() ?? node.size
  node.setSize?.([Math.max(node.size[0], width), Math.max(node.size[1], height)])
  editor.refresh()
}

/** The clip's pictures: a file's before any run, otherwise those of the last run. */
async function lookAt(node, editor, app, api) {
  const { model } = editor
  if (!node.graph) return
  const source = sourceOf(node, CLIP, api, true)
  const run = outputOf(node, app)
  const key = JSON.stringify([source, isLinked(node, CLIP), run.maskvideo_frames, run.maskvideo_found])
  if (key === model.clipKey) return
  model.clipKey = key
  const clip = await describe(source, isLinked(node, CLIP), run, api)
  if (model.clipKey !== key) return
  if (typeof clip === 'string') model.clip.say(clip)
  else {
    model.clip.show(clip)
    model.clip.showFound(foundPictures(run, api))
  }
  if (model.error || !model.objects.length) model.read(model.text) // pixels, which needed the size
  editor.refresh()
}

/** Frames that a run brings before its work, and so also where it fails. detail: {node, output}. */
export function frameListener(app) {
  return ({ detail }) => {
    const node = nodeOf(app.graph, String(detail?.node ?? '').split(':'))
    if (node) node.onMaskVideoFrames?.(detail.output)
  }
}

/** A node by its way through subgraphs. */
function nodeOf(graph, [first, ...rest]) {
  const node = graph?.nodes?.find((one) => String(one.id) === first)
  return rest.length ? nodeOf(node?.subgraph, rest) : node
}
