"""How masks were read stands on the node that read them."""

import numpy as np
from maskvideo.files.images import write_image

from .corners import every_corner
from .editor_base import wait_for

BALL, DOG = (48, 112, 32), (51, 221, 255)
LOAD = """async (folder) => {
    const { app, LiteGraph } = window
    app.graph.clear()
    const [load, show] = ['MaskVideo_LoadMaskSequence', 'MaskPreview'].map((type) => LiteGraph.createNode(type))
    for (const node of [load, show]) app.graph.add(node)
    show.pos = [500, 80]
    load.widgets.find((widget) => widget.name === 'path').value = folder
    load.connect(0, show, 0)
    await app.queuePrompt(0, 1)
}"""


@every_corner
def test_label_colours_are_named_on_the_node(corner, tmp_path):
    folder = (
        corner.server.base / "input" / f"labels of {tmp_path.name}"
    )  # new each time: what is cached is not said again
    folder.mkdir()
    for index in range(2):
        picture = np.zeros((64, 96, 3), np.uint8)
        picture[8:30, 8 + index : 30 + index], picture[36:60, 40:80] = BALL, DOG
        write_image(folder / f"{index:03d}.png", picture)
    corner.page.evaluate(LOAD, folder.name)
    wait_for(lambda: corner.page.get_by_text("label colours #33ddff and #307020: 2 objects").is_visible(), 60)
