"""A graph that trains a motion on one clip of the input folder and samples with it, in the API's form."""

from __future__ import annotations

from pathlib import Path

from .demo_graph import FIRST_FRAME, HEIGHT, WIDTH, add, demo_graph, find
from .training_nodes import write_clip

TRAINER = "MaskVideo_TrainMotionLoRA"
SETTINGS = "save_every = 1000\n[motion]\nmask_width = 8"


def training_graph(server, name: str, steps: int = 3, clips: str = "clips", **changes) -> tuple[dict, str]:
    """The demo workflow on a motion that it trains first; and the trainer's id. ``changes`` are its inputs."""
    if not (server.base / "input" / "clips").exists():
        write_clip(server.base / "input" / "clips" / "one")
    graph = demo_graph()
    loader, carrier = find(graph, "MaskVideo_LoadDemoModel"), find(graph, "MaskVideo_LoadMotionLoRA")
    del graph[carrier]
    dataset = add(
        graph, "MaskVideo_MotionDataset", motion_prompt="a red star moves", folder=clips, width=WIDTH, height=HEIGHT
    )
    links = {"model": [loader, 0], "clip": [loader, 1], "vae": [loader, 2], "dataset": dataset}
    plain = {"learning_rate": 0.0, "frames": 4, "rank": 2, "precision": "as preset", "seed": 0}
    given = {"file": name, "existing": "continue", "preset": "quick", "steps": steps, "settings": SETTINGS}
    trained = add(graph, TRAINER, **links, **plain | given | changes)
    for node in graph.values():
        node["inputs"] |= {key: trained for key, value in node["inputs"].items() if value == [carrier, 0]}
    return graph, trained[0]


def with_sample(graph: dict, **changes) -> None:
    """The graph's trainer samples the graph's own masks, from its first frame."""
    links = {
        "sample_mask": [find(graph, "MaskVideo_DrawMaskSequence"), 0],
        "sample_image": [find(graph, FIRST_FRAME), 0],
    }
    graph[find(graph, TRAINER)]["inputs"] |= links | changes


def motion_file(server, name: str) -> Path:
    return server.base / "models" / "motion_lora" / f"{name}.safetensors"
