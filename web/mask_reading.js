/** How masks were read, in words on the node that read them: after each run, also where the host still had the masks. */

import { app } from '../../scripts/app.js'
import { element } from './lib/dom.js'
import { chain } from './lib/node_widget.js'

const NODES = ['MaskVideo_LoadMaskSequence', 'MaskVideo_LoadTracks']
const HEIGHT_PX = 44
const STYLE = `min-height: ${HEIGHT_PX}px; padding: 4px 8px; box-sizing: border-box; font-size: 12px; overflow: auto; color: var(--input-text, #ddd)`

app.registerExtension({
  name: 'MaskVideo.MaskReading',
  nodeCreated(node) {
    if (!NODES.includes(node.comfyClass ?? node.constructor?.comfyClass)) return
    let line = null
    chain(node, 'onExecuted', (output) => {
      const [text] = output?.text ?? []
      if (!text) return
      line ??= addLine(node)
      line.textContent = text
    })
  }
})

/** Added with the first words, and never saved: the node's widgets in a workflow stay as they are. */
function addLine(node) {
  const line = element('div', { style: STYLE, role: 'status' })
  const widget = node.addDOMWidget('reading', 'MASKVIDEO_READING', line, { getMinHeight: () => HEIGHT_PX, hideOnZoom: false, serialize: false, socketless: true })
  widget.serialize = false
  node.setSize?.([node.size[0], Math.max(node.size[1], node.computeSize?.()[1] ?? 0)])
  return line
}
