"""What the pack promises to a running host: it breaks nothing around it, and says what is wired wrong."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from .api_client import PromptFailedError, PromptInterruptedError, PromptRefusedError
from .demo_graph import EXTEND, FIRST_FRAME, FRAMES, HEIGHT, SAMPLER, WIDTH, add, demo_graph, find, preview
from .hosts import main_host, reason_to_skip
from .server import start_server
from .test_reversible import carrying
from .video_base import diffusers_twin, host_twin, relative_error, sample

MANY_STEPS = 777
"""More than a test waits for, and a number that nothing else in the log has."""


def show(server, graph: dict, folder: Path, node: str = "show") -> np.ndarray:
    """The frames ``[T, H, W, 3]`` that a node of the graph shows."""
    files = server.api.run(graph)[node]["images"]
    return np.stack([np.asarray(Image.open(server.api.download(file, folder)).convert("RGB")) for file in files])


def wait_for_steps(server, prompt_id: str, seconds: float = 120) -> None:
    """Until the host's progress bar shows the first of ``MANY_STEPS`` as done."""
    deadline = time.monotonic() + seconds
    while not re.search(rf" [1-9]\d*/{MANY_STEPS} ", server.log):
        assert not server.api.get(f"history/{prompt_id}") and time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.2)


def cached(server) -> set[str]:
    """The nodes that the last run took from the host's memory."""
    (entry,) = server.api.get("history?max_items=1").values()
    return set(dict(entry["status"]["messages"])["execution_cached"]["nodes"])


def test_after_an_interrupt_amid_the_sampling_the_next_prompt_runs_as_before(server, tmp_path):
    graph = demo_graph(seed=1)
    before = show(server, graph, tmp_path)
    endless = demo_graph(seed=1)
    endless[find(endless, SAMPLER)]["inputs"] |= {"steps": MANY_STEPS, "sampler_name": "euler", "scheduler": "normal"}
    run = server.api.queue(endless)
    wait_for_steps(server, run)
    server.api.interrupt()
    with pytest.raises(PromptInterruptedError, match=SAMPLER):
        server.api.wait(run)
    graph[find(graph, SAMPLER)]["inputs"]["seed"] = 2
    assert (show(server, graph, tmp_path) != before).any()
    graph[find(graph, SAMPLER)]["inputs"]["seed"] = 1
    assert np.array_equal(show(server, graph, tmp_path), before)
    assert find(graph, "MaskVideo_LoadDemoModel") in cached(server) and find(graph, SAMPLER) not in cached(server)


def with_ksampler(graph: dict, model: str, latent: list) -> list:
    """Add the host's KSampler on a node's MODEL and a link's LATENT; gives the link to its decoded images."""
    loader, prompts = find(graph, "MaskVideo_LoadDemoModel"), graph[find(graph, FIRST_FRAME)]["inputs"]
    links = {"model": [find(graph, model), 0], "latent_image": latent}
    text = {"positive": prompts["positive"], "negative": prompts["negative"]}
    how = {"seed": 5, "steps": 4, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    return add(graph, "VAEDecode", samples=add(graph, "KSampler", **links, **text, **how), vae=[loader, 2])


@pytest.mark.parametrize("model", ["MaskVideo_LoadDemoModel", "MaskVideo_LoadMotionLoRA"])
def test_the_hosts_ksampler_gives_the_same_image_with_and_without_the_guided_one_before_it(server, tmp_path, model):
    alone, beside = demo_graph(), demo_graph()
    empty = add(alone, "EmptyLatentImage", width=WIDTH, height=HEIGHT, batch_size=FRAMES)
    # What ours sampled, times 0, is the same empty latent: so the host's sampler comes after ours.
    emptied = add(beside, "LatentMultiply", samples=[find(beside, SAMPLER), 0], multiplier=0.0)
    alone["show"], beside["plain"] = preview(with_ksampler(alone, model, empty)), preview([])
    beside["plain"]["inputs"]["images"] = with_ksampler(beside, model, emptied)
    assert np.array_equal(show(server, alone, tmp_path), show(server, beside, tmp_path, "plain"))


def message(server, graph: dict) -> str:
    with pytest.raises(PromptFailedError) as error:
        server.api.run(graph)
    return str(error.value)


def wrong_first_latent(graph: dict, width: int = WIDTH, frames: int = 1) -> None:
    latent = add(graph, "EmptyLatentImage", width=width, height=HEIGHT, batch_size=frames)
    graph[find(graph, guided_node(graph))]["inputs"]["first_latent"] = latent


def guided_node(graph: dict) -> str:
    return next(node["class_type"] for node in graph.values() if node["class_type"] in (SAMPLER, EXTEND))


def empty_mask(graph: dict, node: str) -> None:
    graph[find(graph, node)]["inputs"]["mask"] = add(graph, "SolidMask", value=0.0, width=WIDTH, height=HEIGHT)


GRAPHS = {SAMPLER: "mask_guided_video_demo", EXTEND: "long_video_by_extension"}


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (SAMPLER, "mask sequence has 3 frames, the video needs 4: give 4 masks (or 1, which is held for all), or set"),
        (EXTEND, "mask sequence has 3 frames, the first window needs 4: give 4 or more (or 1, which is held for all)"),
    ],
)
def test_fewer_masks_than_frames_are_counted(server, node, text):
    graph = demo_graph(GRAPHS[node])
    graph[find(graph, "MaskVideo_DrawMaskSequence")]["inputs"]["frames"] = 3
    wrong_first_latent(graph)
    assert text in message(server, graph)


@pytest.mark.parametrize("node", [SAMPLER, EXTEND])
def test_a_first_frame_of_another_size_than_the_masks_is_named_with_both_sizes(server, node):
    graph = demo_graph(GRAPHS[node])
    wrong_first_latent(graph, width=128)
    assert "the masks are 96x64 pixels, the first frame's LATENT is of 128x64: give masks of" in message(server, graph)


@pytest.mark.parametrize("node", [SAMPLER, EXTEND])
def test_several_first_frames_are_counted(server, node):
    graph = demo_graph(GRAPHS[node])
    wrong_first_latent(graph, frames=2)
    assert "LATENT holds 2 frames, a video starts from 1: take one of them" in message(server, graph)


@pytest.mark.parametrize("node", [SAMPLER, EXTEND])
def test_an_empty_mask_is_named_before_any_sampling(server, node):
    graph = demo_graph(GRAPHS[node])
    wrong_first_latent(graph)
    empty_mask(graph, node)
    assert "mask 0 is all black" in message(server, graph)


def test_a_first_frame_from_an_empty_mask_is_refused(server):
    graph = demo_graph()
    empty_mask(graph, FIRST_FRAME)
    assert "mask 0 is all black: the first frame needs a mask with the object in it" in message(server, graph)


@pytest.mark.parametrize("node", ["MaskVideo_LoadMotionLoRA", FIRST_FRAME])
@pytest.mark.parametrize(("family", "name"), [("SDXL", "SDXL"), ("Flux", "Flux"), ("WAN21_T2V", "WAN21")])
def test_a_model_of_another_family_is_named_with_the_node_that_loads_a_right_one(server, family, name, node):
    graph = demo_graph()
    graph[find(graph, node)]["inputs"]["model"] = add(graph, "OtherModel", family=family)
    said = message(server, graph)
    assert f"this MODEL is {name} " in said
    assert "MaskVideo needs an SD1.x model: load one with Load Checkpoint, or Load Demo Model" in said


def test_a_motion_of_another_base_is_named(server):
    graph = demo_graph()
    graph[find(graph, "MaskVideo_LoadMotionLoRA")]["inputs"]["model"] = add(graph, "OtherModel", family="SD15")
    assert "another base model" in message(server, graph)


@pytest.mark.parametrize("path", ["../outside", "masks/../../outside", "../outside [output]", "/outside"])
def test_masks_outside_the_hosts_folders_are_refused_before_anything_runs(server, path):
    (server.base / "outside").mkdir(exist_ok=True)
    path = str(server.base / path[1:]) if path.startswith("/") else path
    graph = demo_graph()
    masks = add(graph, "MaskVideo_LoadMaskSequence", path=path, frames=0, width=0, height=0, invert=False)
    graph[find(graph, SAMPLER)]["inputs"]["mask"] = masks
    with pytest.raises(PromptRefusedError, match=r"lies outside the host's folder .*: copy it there"):
        server.api.queue(graph)


@pytest.mark.parametrize("state", ["LOW_VRAM", "NO_VRAM"])
def test_with_little_memory_the_host_samples_the_same_video(host, monkeypatch, state):
    """The host's own low-memory loading, which it keeps from the CPU, on a model of the CPU."""
    import comfy.model_management as management
    from maskvideo.adapters.comfy.motion import motion_layers

    expected, loaded = sample(carrying(host_twin(diffusers_twin()))), []
    carrier = carrying(host_twin(diffusers_twin()))  # whose weights no run has loaded

    def note(*_):
        loaded.append((carrier.model.model_lowvram, motion_layers(carrier).model_lowvram))

    monkeypatch.setattr(management, "vram_state", management.VRAMState[state])
    monkeypatch.setattr(management, "is_device_cpu", lambda device: False)
    assert relative_error(sample(carrier, preview=note), expected) < 1e-4
    assert set(loaded) == {(state == "NO_VRAM",) * 2}


@pytest.mark.parametrize("flag", ["--lowvram", "--novram"])
def test_a_host_started_with_little_memory_runs_the_demo(tmp_path, flag):
    if reason := reason_to_skip(main_host()):
        pytest.skip(reason)
    if not torch.cuda.is_available():
        pytest.skip(f"the host takes {flag} with a GPU only: its --cpu excludes the flag, and without --cpu it ends")
    with start_server(main_host(), tmp_path / "base", [flag]) as server:
        assert len(show(server, demo_graph(), tmp_path)) == FRAMES
