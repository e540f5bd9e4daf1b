"""Graphs in which other nodes give the editors their sizes, as scripts for the page, and what the editors say."""

from __future__ import annotations

from .editor_base import wait_for

PRELUDE = """
    const { app, LiteGraph } = window
    const graphs = [app.graph, ...(app.graph.subgraphs?.values() ?? [])]
    const find = (test) => graphs.flatMap((graph) => graph.nodes).find(test)
    const titled = (title) => find((one) => one.title === title)
    const editor = find((one) => ['MaskVideo_MaskTrajectoryEditor', 'MaskVideo_SAMMaskSequence'].includes(one.type))
    const holder = () => app.graph.nodes.find((one) => one.subgraph)
    const field = (node, name) => node.widgets.find((widget) => widget.name === name)
    const make = (type, title, values = {}, place = 0) => {
        const node = LiteGraph.createNode(type)
        app.graph.add(node)
        node.title = title
        node.pos = [40, 420 + 130 * place]
        for (const [name, value] of Object.entries(values)) field(node, name).value = value
        return node
    }
    const slot = (node, name) => node.inputs.findIndex((input) => input.name === name)
    const link = (from, output, to, name) => from.connect(output, to, slot(to, name))
    const ticks = (count) => new Promise((done) => setTimeout(done, 50 * count))
"""
QUEUED = """async () => {
    const { output } = await window.app.graphToPrompt()
    const node = Object.values(output).find((one) => one.class_type === 'MaskVideo_MaskTrajectoryEditor')
    const plain = (value) => (Array.isArray(value) ? output[value[0]].inputs.value ?? null : value)
    return [node.inputs.width, node.inputs.height, node.inputs.frames].map(plain)
}"""
SHOWN = """() => {
    const [, width, height] = /(\\d+) × (\\d+) pixels/.exec(document.querySelector('.mv-canvas').ariaLabel)
    return [Number(width), Number(height), Number(document.querySelector('.mv-slider').max) + 1]
}"""


def do(page, script: str):
    """Runs a script on the graph, with the names of ``PRELUDE``."""
    return page.evaluate(f"async () => {{ {PRELUDE} {script} }}")


def queued(page) -> list:
    """Width, height and frames with which the graph would run; None where a node has to run first."""
    return page.evaluate(QUEUED)


def shown(page) -> list[int]:
    """Width, height and frames that the trajectory editor draws in."""
    return page.evaluate(SHOWN)


def words(page) -> str:
    """What the editor says of where they come from."""
    line = page.locator(".mv-sources")
    return line.inner_text() if line.is_visible() else ""


def follows(page, size: list[int], said: str) -> None:
    """Waits until the editor draws in this size and says so; fails where it never does."""
    try:
        wait_for(lambda: shown(page) == size and words(page) == said, 10)
    except AssertionError:
        assert (shown(page), words(page)) == (size, said)
        raise


def run_graph(page) -> None:
    page.get_by_test_id("queue-button").first.click()
