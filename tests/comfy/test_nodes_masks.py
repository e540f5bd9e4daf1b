"""The mask nodes, run as the host runs them: keyword inputs in, host layouts out."""

import json
import os

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from maskvideo.mask_tools.write import write_masks
from PIL import Image


@pytest.fixture
def nodes(host):
    from maskvideo.nodes import masks

    return masks


@pytest.fixture
def inputs(host, tmp_path, monkeypatch):
    """An input folder with masks: a folder of six, and the same as a video."""
    import folder_paths

    folder = tmp_path / "input"
    drawn = draw_masks(default_trajectory(), 6, (32, 48))
    write_masks(folder / "clips" / "star", drawn)
    write_masks(folder / "star.mp4", drawn)
    monkeypatch.setattr(folder_paths, "input_directory", str(folder))
    return folder, drawn[0, 0]


def run(node, **inputs):
    """A node's outputs with the schema's defaults for what is not given, by the names of its inputs."""
    given = {one.id: one.default for one in node.define_schema().inputs if hasattr(one, "default")}
    return node.execute(**given | inputs).args


def test_the_drawn_default_is_the_demos_trajectory(nodes):
    (mask,) = run(nodes.DrawMaskSequence)
    assert torch.equal(mask, draw_masks(default_trajectory(), 16, (160, 256))[0, 0])


def test_the_shape_starts_and_ends_where_the_inputs_say(nodes):
    (mask,) = run(nodes.DrawMaskSequence, shape="circle", start_x=0.2, start_y=0.5, end_x=0.9, end_y=0.25, frames=5)
    centres = [(one.nonzero().float().mean(0) + 0.5).tolist() for one in (mask[0], mask[-1])]
    assert centres[0] == pytest.approx([80, 51.2], abs=1) and centres[1][0] == pytest.approx(40, abs=1)


def test_a_drawn_size_off_the_latent_grid_is_refused(nodes):
    with pytest.raises(MaskVideoError, match="use 248x160"):
        run(nodes.DrawMaskSequence, width=250, height=160)


def test_the_list_offers_folders_of_images_and_videos(nodes, inputs):
    assert nodes.LoadMaskSequence.define_schema().inputs[0].options == ["clips/star", "star.mp4"]


@pytest.mark.parametrize("path", ["clips/star", "star.mp4", "clips/star [input]"])
def test_masks_are_read_from_a_folder_and_from_a_video(nodes, inputs, path):
    (mask,) = run(nodes.LoadMaskSequence, path=path)
    assert mask.shape == (6, 32, 48) and (mask - inputs[1]).abs().mean() < 0.02


@pytest.mark.parametrize("name", ["star.webp", "star.gif", "star.tif"])
def test_one_image_file_with_several_masks_is_offered_and_read(nodes, inputs, name):
    folder, drawn = inputs
    pages = [Image.fromarray(mask.mul(255).byte().numpy()) for mask in drawn]
    options = {"lossless": True} if name == "star.webp" else {}
    pages[0].save(folder / name, save_all=True, append_images=pages[1:], **options)
    assert name in nodes.LoadMaskSequence.define_schema().inputs[0].options
    assert torch.equal(run(nodes.LoadMaskSequence, path=name)[0], drawn)


def test_frames_are_taken_evenly_and_resized_and_inverted(nodes, inputs):
    (mask,) = run(nodes.LoadMaskSequence, path="clips/star", frames=2, width=96, height=64, invert=True)
    assert mask.shape == (2, 64, 96)
    whole = torch.nn.functional.interpolate(inputs[1][None, [0, 5]], scale_factor=2)[0]
    assert ((1 - mask) - whole).abs().mean() < 0.02


def test_one_side_alone_is_no_size(nodes, inputs):
    with pytest.raises(MaskVideoError, match="give both in pixels"):
        run(nodes.LoadMaskSequence, path="clips/star", width=96)


@pytest.mark.parametrize("path", ["../secret.png", "clips/../../secret.png", "/etc/passwd", "link", "", "a\0b"])
def test_paths_outside_the_hosts_folders_are_refused(nodes, inputs, path):
    folder = inputs[0]
    write_image(folder.parent / "secret.png", np.zeros((8, 8), np.uint8))
    if path == "link":
        (folder / "link").symlink_to(folder.parent)
    assert "outside the host's folder" in nodes.LoadMaskSequence.validate_inputs(path=path)
    with pytest.raises(MaskVideoError, match="outside the host's folder"):
        run(nodes.LoadMaskSequence, path=path)


def test_a_path_to_nothing_is_named_before_anything_runs(nodes, inputs):
    assert "there is no 'stars.mp4'" in nodes.LoadMaskSequence.validate_inputs(path="stars.mp4")
    assert nodes.LoadMaskSequence.validate_inputs(path="star.mp4") is True
    assert nodes.LoadMaskSequence.validate_inputs(path=None) is True


def test_a_changed_file_has_another_fingerprint(nodes, inputs):
    folder, load = inputs[0], nodes.LoadMaskSequence
    before = {path: load.fingerprint_inputs(path=path, frames=0) for path in ("clips/star", "star.mp4")}
    assert before["clips/star"] == load.fingerprint_inputs(path="clips/star", frames=0)
    os.utime(folder / "star.mp4", (1, 1))
    write_image(folder / "clips" / "star" / "99999.png", np.zeros((32, 48), np.uint8))
    assert all(load.fingerprint_inputs(path=path, frames=0) != old for path, old in before.items())


def test_the_overlay_tints_the_inside_alone(nodes, inputs):
    frames = torch.full((6, 32, 48, 3), 0.5)
    (drawn,) = run(nodes.MaskOverlay, frames=frames, mask=inputs[1], outline=False)
    changed = (drawn != 0.5).any(-1)
    assert drawn.shape == frames.shape and torch.equal(changed, inputs[1] > 0.5)


def test_an_overlay_of_too_few_masks_names_both_counts(nodes, inputs):
    with pytest.raises(MaskVideoError, match="mask sequence has 6 frames, the video needs 4"):
        run(nodes.MaskOverlay, frames=torch.zeros(4, 32, 48, 3), mask=inputs[1])


def test_a_video_is_scored_as_the_command_line_scores_it(host, inputs):
    from maskvideo.evaluation.report import evaluate_video
    from maskvideo.nodes.evaluation import EvaluateVideo

    masks = inputs[1]
    red, blue = torch.tensor([0.8, 0.1, 0.1]), torch.tensor([0.1, 0.2, 0.8])
    frames = masks[..., None] * red + (1 - masks[..., None]) * blue
    output = EvaluateVideo.execute(frames=frames, mask=masks, prompt="a red star on a blue background")
    scores = json.loads(output.args[0])
    assert scores == evaluate_video(
        frames.permute(3, 0, 1, 2)[None], masks[None, None], "a red star on a blue background"
    )
    assert scores["mask_miou"] > 0.95
    assert output.args[1].shape[0] == 1 and output.args[1].shape[-1] == 3
    assert json.loads(output.ui.as_dict()["text"][0]) == scores
