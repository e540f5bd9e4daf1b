/** An editor within a node of ComfyUI's graph: its element, its large view, and where the user was. */

import { element } from './dom.js'
import { holds } from './history.js'

const FRAMES_WATCHED = 60
const LOOK_MS = 250
const VIEWS_KEPT = 8

/** A style sheet of the pack's web folder, once. */
export function addStyle(file) {
  const href = new URL(`../${file}`, import.meta.url).href
  if (document.querySelector(`link[href="${href}"]`)) return
  document.head.append(element('link', { rel: 'stylesheet', href }))
}

/** Call `more` after the node's own handler; only this node is changed. */
export function chain(node, handler, more) {
  const own = node[handler]
  node[handler] = function (...values) {
    const result = own?.apply(this, values)
    more(...values)
    return result
  }
}

/** Look at the graph again and again while the node is in it: other nodes change their values, modes and links without a
 * word to the nodes that they feed.
 */
export function keepLooking(node, look) {
  let timer = null
  chain(node, 'onAdded', () => {
    clearInterval(timer)
    timer = setInterval(look, LOOK_MS)
  })
  chain(node, 'onRemoved', () => clearInterval(timer))
}

/** Where users were, by the node's id: an undo of the graph makes the node anew, and must not lose it. */
export class ViewStore {
  constructor() {
    this.views = new Map()
  }

  /** Show a text; where a node of this id that is gone had it in its history, go on with that view and history.
   *
   * Nodes of several workflows have one id: the one that was there last is meant.
   */
  show(node, model, text) {
    const known = this.views.get(node.id) ?? []
    const kept = text && known.findLast((view) => view.owner === null && holds(view.history, text))
    if (kept) model.view = kept
    this.keep(node, model)
    model.load(text)
  }

  keep(node, model) {
    const known = this.views.get(node.id) ?? []
    model.view.owner = node
    this.views.set(node.id, [...known.filter((view) => view !== model.view), model.view].slice(-VIEWS_KEPT))
  }
}

/** Nodes 2.0 may keep the element of the node that was there before an undo: put ours in its place. */
export function replaceStale(node, widget) {
  const kind = widget.element.classList[0]
  let left = FRAMES_WATCHED
  const look = () => {
    const body = document.querySelector(`[data-node-id="${CSS.escape(String(node.id))}"]`)
    const shown = body?.querySelector(`.${kind}`)
    if (shown && shown !== widget.element) shown.replaceWith(widget.element)
    if (left-- > 0) requestAnimationFrame(look)
  }
  look()
}

/** Ctrl and the wheel, and the middle button, belong to the graph also over the editor, as over the host's own fields. */
export function leaveToGraph(shell, app) {
  const pass = (name, method, isMeant) => shell.addEventListener(name, (event) => {
    if (!isMeant(event) || typeof app.canvas?.[method] !== 'function') return
    event.preventDefault()
    event.stopPropagation()
    app.canvas[method](event)
  }, { passive: false })
  pass('wheel', 'processMouseWheel', (event) => event.ctrlKey)
  pass('pointerdown', 'processMouseDown', (event) => event.button === 1)
  pass('pointermove', 'processMouseMove', (event) => (event.buttons & 4) === 4)
  pass('pointerup', 'processMouseUp', (event) => event.button === 1)
}

/** The graph's own undo hears of it too; pointer events end in the editor and would not tell it. */
export function changed(app, node) {
  node.setDirtyCanvas?.(true, true)
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker
  if (tracker?.captureCanvasState) tracker.captureCanvasState()
  else tracker?.checkState?.()
}

/** The editor in its shell, or filling the window: {toggle, close}. The shell stays where the host put it. */
export function largeView(shell, editor, label) {
  let dialog = null
  shell.append(editor.root)
  const close = () => dialog?.close()
  const toggle = () => {
    if (dialog) return close()
    dialog = openDialog(editor, label)
    dialog.addEventListener('close', () => {
      shell.append(editor.root)
      dialog.remove()
      dialog = null
      editor.refresh()
    })
  }
  return { toggle, close }
}

function openDialog(editor, label) {
  const dialog = element('dialog', { class: 'mv-dialog', role: 'dialog', 'aria-modal': 'true', 'aria-label': label })
  dialog.append(editor.root)
  document.body.append(dialog)
  dialog.showModal()
  editor.refresh()
  return dialog
}
