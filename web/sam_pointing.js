/** The pointing editor of SAM Mask Sequence, registered with ComfyUI. */

import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'
import { addStyle } from './lib/node_widget.js'
import { addPointing, frameListener } from './lib/pointing_host.js'

const NODE = 'MaskVideo_SAMMaskSequence'

app.registerExtension({
  name: 'MaskVideo.SAMPointing',
  setup() {
    addStyle('trajectory_editor.css')
    addStyle('pointing.css')
    api.addEventListener('maskvideo_clip', frameListener(app))
  },
  nodeCreated(node) {
    if (node.comfyClass === NODE || node.constructor?.comfyClass === NODE) addPointing(node, app, api)
  }
})
