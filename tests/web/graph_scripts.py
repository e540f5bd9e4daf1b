"""What a user does to a graph, as scripts for the page; each takes the type of the node that it is done to."""

SAVE = """(type) => {
    const { app, LiteGraph } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    const save = LiteGraph.createNode('MaskVideo_SaveTracks')
    app.graph.add(save)
    save.pos = [900, 80]
    node.connect(node.outputs.findIndex((output) => output.name === 'tracks'), save, 0)
}"""
ROUND_TRIP = """async () => {
    const { workflow } = await window.app.graphToPrompt()
    await window.app.loadGraphData(JSON.parse(JSON.stringify(workflow)), true, true)
}"""
COPY = """(type) => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    app.canvas.selectItems([node])
    app.canvas.copyToClipboard([node])
    app.canvas.pasteFromClipboard()
}"""
TO_SUBGRAPH = """(type) => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.type === type)
    app.canvas.graph.convertToSubgraph(new Set([node]))
}"""
ENTER = """() => {
    const { app } = window
    const node = app.graph.nodes.find((one) => one.subgraph)
    app.canvas.openSubgraph(node.subgraph, node)
}"""
