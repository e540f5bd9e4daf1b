"""Training through the API of a real host: dataset, motion and video in one graph, Cancel, and going on."""

import json
import re
import time

import pytest
from maskvideo.files.motion_file import load_motion
from maskvideo.training.checkpoint import read_progress, state_path
from safetensors import safe_open

from .api_client import PromptFailedError, PromptInterruptedError, PromptRefusedError
from .demo_graph import HEIGHT, WIDTH, add, demo_graph, find
from .test_training_model import learned
from .test_training_nodes import write_clip
from .video_base import relative_error

SETTINGS = "save_every = 1000\n[motion]\nmask_width = 8"
MANY_STEPS = 1000
"""More than a test waits for."""


def training_graph(server, name: str, steps: int = 3, clips: str = "clips", **changes) -> tuple[dict, str]:
    """The demo workflow on a motion that it trains first, on one clip in the input folder; and the trainer's id."""
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
    trained = add(graph, "MaskVideo_TrainMotionLoRA", **links, **plain | given | changes)
    for node in graph.values():
        node["inputs"] |= {key: trained for key, value in node["inputs"].items() if value == [carrier, 0]}
    return graph, trained[0]


def motion_file(server, name: str):
    return server.base / "models" / "motion_lora" / f"{name}.safetensors"


def wait_for_a_step(server, prompt_id: str, seconds: float = 240) -> None:
    """Until the host has said how long the training takes, and time for some steps has passed."""
    deadline = time.monotonic() + seconds
    said = len(re.findall(rf"for {MANY_STEPS} steps", server.log))
    while len(re.findall(rf"for {MANY_STEPS} steps", server.log)) == said:
        assert server.api.is_running(prompt_id) and time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.2)
    time.sleep(5)


def test_a_motion_is_trained_and_used_in_one_graph(server):
    graph, trainer = training_graph(server, "in one graph")
    shown = server.api.run(graph)
    assert len(shown["show"]["images"]) == 4 and shown[trainer]["images"]
    with safe_open(motion_file(server, "in one graph"), framework="pt") as file:
        assert file.metadata()["maskvideo.step"] == "3"
    options = server.api.object_info()["MaskVideo_LoadMotionLoRA"]["input"]["required"]["file"][1]["options"]
    assert "in one graph.safetensors" in options and not any(".state." in name for name in options)


def test_cancel_saves_the_next_prompt_runs_and_the_same_settings_go_on(server):
    graph, trainer = training_graph(server, "cancelled", MANY_STEPS)
    run = server.api.queue(graph)
    wait_for_a_step(server, run)
    server.api.interrupt()
    with pytest.raises(PromptInterruptedError, match="TrainMotionLoRA"):
        server.api.wait(run)
    done, _ = read_progress(state_path(motion_file(server, "cancelled")))
    assert 0 < done < MANY_STEPS
    assert server.api.run(demo_graph())["show"]["images"]
    graph[trainer]["inputs"]["steps"] = done + 2
    server.api.run(graph)
    assert read_progress(state_path(motion_file(server, "cancelled")))[0] == done + 2


def test_the_api_refuses_places_outside_of_the_hosts_folders(server):
    graph, trainer = training_graph(server, "../../outside")
    answer = json.loads(server.api.post("prompt", {"prompt": graph}))  # the dataset has a preview to show all the same
    assert "is no place in" in answer["node_errors"][trainer]["errors"][0]["details"]
    server.api.wait(answer["prompt_id"])
    graph, _ = training_graph(server, "outside", clips="../clips")
    with pytest.raises(PromptRefusedError, match="lies outside the host's folder"):
        server.api.queue(graph)


def test_a_model_of_another_family_and_a_clip_that_is_too_short_are_named(server):
    graph, trainer = training_graph(server, "refused")
    graph[trainer]["inputs"]["model"] = add(graph, "OtherModel", family="SDXL")
    with pytest.raises(PromptFailedError, match=r"this MODEL is SDXL .*needs an SD1.x model"):
        server.api.run(graph)
    graph, _ = training_graph(server, "refused", frames=6)
    with pytest.raises(PromptFailedError, match='clip "one" has 5 frames, 6 frames need 6: set frames to 5'):
        server.api.run(graph)
    assert not motion_file(server, "refused").exists()


def test_the_same_seed_gives_the_command_lines_weights(server, tmp_path):
    from maskvideo.adapters.diffusers.demo_model import load_demo_base
    from maskvideo.training.clips import read_clips
    from maskvideo.training.config import TrainConfig
    from maskvideo.training.dataset import MotionDataset
    from maskvideo.training.loop import train_motion

    graph, _ = training_graph(server, "by the host")
    server.api.run(graph)
    ours, model = motion_file(server, "by the host"), load_demo_base()[0]
    config = TrainConfig.from_toml(ours.with_suffix(".training.toml"))
    dataset = MotionDataset(
        model, read_clips(server.base / "input" / "clips", WIDTH, HEIGHT), "a red star moves", config
    )
    train_motion(model, dataset, "a red star moves", tmp_path / "theirs.safetensors", progress=False)
    found, expected = (load_motion(path, model.architecture) for path in (ours, tmp_path / "theirs.safetensors"))
    assert found.metadata.dataset == expected.metadata.dataset
    changes = [learned(model, one.module, config) for one in (found, expected)]
    assert relative_error(*changes) < 0.01
