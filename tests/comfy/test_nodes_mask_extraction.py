"""SAM Mask Sequence, run as the host runs it: a clip and what points at an object in, masks out."""

import json

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError

from ..segment_base import moving_disc, needs_sam, needs_sam2, save_grounding_dino, save_sam, save_sam2
from ..tracks_base import iou

BOX = "[[0.06, 0.25, 0.45, 0.75]]"
"""Around the disc in frame 0."""


@pytest.fixture
def node(host):
    from maskvideo.nodes.mask_extraction import SAMMaskSequence

    return SAMMaskSequence


@pytest.fixture
def models(host, tmp_path, monkeypatch):
    """Model folders of this test alone, empty."""
    import folder_paths

    monkeypatch.setattr(folder_paths, "folder_names_and_paths", dict(folder_paths.folder_names_and_paths))
    for name in ("sam2", "sams", "grounding-dino"):
        (tmp_path / name).mkdir()
        folder_paths.folder_names_and_paths[name] = ([str(tmp_path / name)], set())
    return tmp_path


@pytest.fixture
def run(node, models):
    """The node's outputs with the schema's defaults for what is not given."""
    given = {one.id: one.default for one in node.define_schema().inputs if hasattr(one, "default")}
    return lambda **inputs: node.execute(**given | {"clip": clip()} | inputs).args


def clip():
    return torch.from_numpy(moving_disc()).float() / 255


def truth():
    """uint8 [T, H, W]: the disc, which is bright and red where the noise is dark."""
    return (moving_disc()[..., 0] > 150).astype(np.uint8)


def test_a_box_is_enough_for_the_backend_without_a_model(run):
    mask, tracks, overlay = run(boxes=BOX)
    assert mask.shape == (6, 48, 64) and set(mask.unique().tolist()) == {0, 1}
    assert tracks.names == ("object 1",) and iou(tracks.union(), truth()) > 0.7
    assert overlay.shape[0] == 1 and overlay.shape[-1] == 3 and overlay.max() <= 1


def test_a_video_is_followed_as_its_frames_are(run, host, tmp_path):
    from comfy_api.latest import InputImpl
    from maskvideo.files.video import write_video

    write_video(tmp_path / "disc.mp4", moving_disc(), fps=12)
    _, tracks, _ = run(clip=InputImpl.VideoFromFile(str(tmp_path / "disc.mp4")), boxes=BOX)
    assert tracks.fps == 12 and iou(tracks.union(), truth()) > 0.7


@pytest.mark.parametrize("shape", [(1, 48, 64), (1, 1, 48, 64)])
def test_a_mask_on_a_later_frame_is_followed_both_ways(run, shape):
    mask, tracks, _ = run(mask=torch.from_numpy(truth()[3:4]).float().view(shape), frame=3)
    assert torch.equal(mask[3], torch.from_numpy(truth()[3]).float())
    assert iou(tracks.union(), truth()) > 0.7


def test_objects_by_name_are_tracks_by_name(run):
    two = clip()
    two[:, 2:12, 4:16] = torch.tensor([0.1, 0.9, 0.3])
    boxes = {"disc": [{"frame": 0, "box": [0.06, 0.25, 0.45, 0.75]}], "corner": [{"frame": 2, "box": [0, 0, 0.3, 0.3]}]}
    _, tracks, _ = run(clip=two, boxes=json.dumps(boxes))
    assert tracks.names == ("disc", "corner") and tracks.track("corner").masks.any(axis=(1, 2)).all()
    assert iou(tracks.track("disc").masks, truth()) > 0.7


def test_one_frame_is_a_clip(run):
    mask, _, _ = run(clip=clip()[:1], boxes=BOX)
    assert mask.shape == (1, 48, 64)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "give points, a box, a text or a mask"),
        ({"boxes": "[[0.5, 0.5, 1.2, 0.9]]"}, r"cut it to \(0.5, 0.5, 1, 0.9\)"),
        ({"boxes": "[[10, 10, 90, 40]]"}, r"outside the 64x48 clip: cut it to \[10, 10, 64, 40\]"),
        ({"points": '[{"x": -0.1, "y": 0.5}]'}, r"the nearest inside is \(0, 0.5\)"),
        ({"points": "0.4, 0.5"}, "no JSON"),
        ({"points": '{"disc": [{"frame": 6, "x": 0.2, "y": 0.5}]}'}, "the last is 5"),
        ({"not_points": '[{"x": 0.2, "y": 0.5}]'}, "add a point with label 1"),
        ({"mask": torch.zeros(1, 48, 64)}, "is empty: give one that shows the object"),
        ({"mask": torch.ones(1, 64, 48)}, "give a mask of the clip's shape"),
        ({"mask": torch.ones(1, 48, 64), "frame": 9}, "the last is 5"),
        ({"text": "a dog"}, "text needs a text_model"),
        ({"text": "a dog", "text_model": "../tiny"}, "there is no text model"),
        ({"boxes": BOX, "backend": "flo"}, "use one of flow, sam2, sam"),
    ],
)
def test_what_points_at_nothing_is_named_with_what_works(run, inputs, message):
    with pytest.raises(MaskVideoError, match=message):
        run(**inputs)


@needs_sam2
def test_sam2_without_a_model_says_which_and_that_flow_needs_none(run):
    with pytest.raises(MaskVideoError, match=r"sam2 needs a checkpoint, such as .*flow backend"):
        run(boxes=BOX, backend="sam2")


@needs_sam2
def test_sam2_follows_objects_with_a_checkpoint_of_its_folder(run, models):
    save_sam2(models / "sam2" / "tiny.pt")
    boxes = '{"disc": [{"box": [0.06, 0.25, 0.45, 0.75]}], "corner": [{"frame": 2, "box": [0, 0, 0.2, 0.2]}]}'
    mask, tracks, _ = run(boxes=boxes, backend="sam2", model="sam2/tiny.pt", image_size=128)
    assert tracks.names == ("disc", "corner") and mask.any()


@needs_sam
def test_sam_follows_an_object_with_a_checkpoint_of_its_folder(run, models):
    save_sam(models / "sams" / "tiny.pth")
    mask, tracks, _ = run(boxes=BOX, backend="sam", model="sams/tiny.pth")
    assert mask.shape == (6, 48, 64) and tracks.count == 6


@needs_sam2
def test_a_pickle_with_code_in_it_is_refused(run, models):
    import pickle

    (models / "sam2" / "bad.pt").write_bytes(pickle.dumps({"model": print}))
    with pytest.raises(MaskVideoError, match=r"bad\.pt"):
        run(boxes=BOX, backend="sam2", model="sam2/bad.pt")


def test_text_that_finds_nothing_says_how_close_it_came(run, models):
    pytest.importorskip("transformers")
    save_grounding_dino(models / "grounding-dino" / "tiny")
    with pytest.raises(MaskVideoError, match=r"the best score is 0\.\d\d, the threshold 0\.99; lower it to"):
        run(text="a red dog", text_model="tiny", text_threshold=0.99)


def test_what_text_finds_is_followed_by_its_name(run, models):
    pytest.importorskip("transformers")
    save_grounding_dino(models / "grounding-dino" / "tiny")
    _, tracks, _ = run(text="a red dog", text_model="tiny", text_threshold=0.01)
    assert len(tracks.names) == 1 and tracks.names[0] in "a red dog"
