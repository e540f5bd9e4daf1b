"""Training through the API of a real host: dataset, motion and video in one graph, and what the API refuses."""

import json

import pytest
from maskvideo.files.motion_file import load_motion
from safetensors import safe_open

from .api_client import PromptFailedError, PromptRefusedError
from .demo_graph import HEIGHT, WIDTH, add, preview
from .test_training_model import learned
from .training_graph import motion_file, training_graph, with_sample
from .video_base import relative_error


def test_a_motion_is_trained_and_used_in_one_graph(server):
    graph, trainer = training_graph(server, "in one graph")
    shown = server.api.run(graph)
    assert len(shown["show"]["images"]) == 4 and shown[trainer]["images"]
    with safe_open(motion_file(server, "in one graph"), framework="pt") as file:
        assert file.metadata()["maskvideo.step"] == "3"
    options = server.api.object_info()["MaskVideo_LoadMotionLoRA"]["input"]["required"]["file"][1]["options"]
    assert "in one graph.safetensors" in options and not any(".state." in name for name in options)


def test_without_masks_to_sample_only_what_is_connected_to_the_sample_is_left_out(server):
    graph, trainer = training_graph(server, "no sample")
    graph["sample"] = preview([trainer, 4])
    shown = server.api.run(graph)
    assert shown["show"]["images"] and "sample" not in shown
    with_sample(graph, sample_prompt="a blue star")
    assert len(server.api.run(graph)["sample"]["images"]) == 4


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
