/** The Mask Trajectory Editor's widget, registered with ComfyUI. */

import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'
import { largeViewCommands } from './lib/large_views.js'
import { addStyle } from './lib/node_widget.js'
import { createTrajectoryWidget } from './lib/trajectory_host.js'

app.registerExtension({
  name: 'MaskVideo.TrajectoryEditor',
  getCustomWidgets() {
    addStyle('trajectory_editor.css')
    return { MASKVIDEO_TRAJECTORY: (node, name) => createTrajectoryWidget(node, name, app, api) }
  },
  ...largeViewCommands(app)
})
