"""The nodes that edit, combine, keep and check mask sequences, run as the host runs them."""

import json
import re
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.edit import STEPS, edit_from_json, edit_tracks
from maskvideo.mask_tools.edit_controls import EditControls
from maskvideo.mask_tools.measure import check_tracks

from ..house import ROOT
from ..tracks_base import moving_disc, tracks_of

HELP = (ROOT / "web" / "docs" / "MaskVideo_TransformMaskSequence.md").read_text(encoding="utf-8")


@pytest.fixture
def nodes(host):
    from maskvideo.nodes import mask_editing

    return mask_editing


@pytest.fixture
def check(host):
    from maskvideo.nodes.evaluation import CheckMaskSequence

    return CheckMaskSequence


@pytest.fixture
def folders(host, tmp_path, monkeypatch):
    """Input and output folders of this test alone."""
    import folder_paths

    for kind in ("input", "output"):
        (tmp_path / kind).mkdir()
        monkeypatch.setattr(folder_paths, f"{kind}_directory", str(tmp_path / kind))
    return tmp_path


def run(node, **inputs):
    """A node's outputs with the schema's defaults for what is not given, by the names of its inputs."""
    given = {one.id: one.default for one in node.define_schema().inputs if hasattr(one, "default")}
    return node.execute(**given | inputs).args


def mask_of(masks):
    return torch.from_numpy(masks).float()


def two():
    return tracks_of(moving_disc(), moving_disc(start=(60, 40), step=(-4, 0), radius=6), names=["front", "back"])


def equal(tracks, others):
    pairs = zip(tracks.objects, others.objects, strict=True)
    return all(a.name == b.name and a.colour == b.colour and np.array_equal(a.masks, b.masks) for a, b in pairs)


def test_at_its_defaults_transform_changes_nothing(nodes):
    mask = mask_of(moving_disc())
    shown, tracks = run(nodes.TransformMaskSequence, sequence=mask)
    assert torch.equal(shown, mask) and tracks.names == ("object 1",)
    assert equal(run(nodes.TransformMaskSequence, sequence=two())[1], two())


def test_transforms_controls_are_those_of_the_edit_with_its_defaults_in_its_order(nodes):
    controls = [one for one in nodes.TransformMaskSequence.define_schema().inputs if one.id != "sequence"]
    assert [(one.id, one.default) for one in controls] == [(one.name, one.default) for one in fields(EditControls)]


def test_a_transform_is_the_edit_that_its_controls_describe(nodes):
    controls = {"dx": 0.1, "scale": 1.5, "objects": "back", "frames": 9, "more": '[{"op": "reverse"}]'}
    mask, tracks = run(nodes.TransformMaskSequence, sequence=two(), **controls)
    wanted = edit_tracks(two(), EditControls(**controls).edit())
    assert equal(tracks, wanted) and torch.equal(mask, mask_of(wanted.union()))


def test_a_soft_outline_is_of_the_mask_and_tracks_stay_hard(nodes):
    mask, tracks = run(nodes.TransformMaskSequence, sequence=two(), feather_px=4.0)
    assert ((mask > 0) & (mask < 1)).any() and equal(tracks, two())
    assert mask.shape == (6, 60, 80) and mask.dtype == torch.float32 and mask.is_contiguous()


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        ({"objects": "font"}, "did you mean 'front'"),
        ({"more": '[{"op": "grwo", "px": 1}]'}, "the closest is 'grow'"),
        ({"smooth_frames": 4}, "an odd number"),
        ({"more": '[{"op": "retime", "fps": 8}]'}, "the tracks do not say their own"),
    ],
)
def test_a_transform_that_does_not_work_says_what_does(nodes, controls, message):
    with pytest.raises(MaskVideoError, match=message):
        run(nodes.TransformMaskSequence, sequence=two(), grow_px=1.0, **controls)


def test_the_help_lists_every_step_with_its_settings():
    rows = dict(re.findall(r"^\| ([\w, ]+) \| (.*) \| .* \|$", HELP.split("## Steps for more")[1], re.MULTILINE))
    listed = {op: settings for ops, settings in rows.items() for op in ops.split(", ")}
    assert listed.keys() - {"op"} == STEPS.keys()
    for op, step in STEPS.items():
        assert settings_of(step) <= set(re.findall(r"\w+", listed[op])), op


def settings_of(step):
    """The names of a step's settings, those of its keyframes included."""
    names = {field.name for field in fields(step)}
    for hint in get_type_hints(step).values():
        names |= {field.name for kind in get_args(hint) if is_dataclass(kind) for field in fields(kind)}
    return names


def test_every_edit_in_the_help_works():
    edits = [text for text in re.findall(r"`(\[\{\"op\".*?\}\])`", HELP)]
    assert len(edits) == 2
    assert [edit_tracks(two(), edit_from_json(text)).count for text in edits] == [12, 6]


def test_masks_are_fitted_to_a_videos_length_and_size(nodes):
    mask, tracks = run(nodes.FitMaskSequence, sequence=two(), frames=11, width=160, height=120)
    assert mask.shape == (11, 120, 160) and tracks.names == ("front", "back")
    assert torch.equal(run(nodes.FitMaskSequence, sequence=two(), frames=0)[0], mask_of(two().union()))
    with pytest.raises(MaskVideoError, match="has 6 frames, the video needs 11"):
        run(nodes.FitMaskSequence, sequence=two(), frames=11, length="error")
    with pytest.raises(MaskVideoError, match="give both in pixels"):
        run(nodes.FitMaskSequence, sequence=two(), width=160)


def test_layers_keep_every_object_and_number_a_name_that_is_taken(nodes):
    mask, tracks = run(nodes.CombineMaskSequences, first=two(), second=mask_of(moving_disc(radius=4)))
    assert tracks.names == ("front", "back", "object 1") and len(set(tracks.colours)) == 3
    assert run(nodes.CombineMaskSequences, first=two(), second=two())[1].names[2:] == ("front 2", "back 2")
    assert torch.equal(mask, mask_of(tracks.union()))


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        ("union", lambda a, b: a | b),
        ("intersection", lambda a, b: a & b),
        ("difference", lambda a, b: a & (1 - b)),
        ("exclusive", lambda a, b: a ^ b),
    ],
)
def test_two_sequences_become_one_object(nodes, operation, wanted):
    a, b = moving_disc(), moving_disc(start=(26, 30))
    mask, tracks = run(
        nodes.CombineMaskSequences, first=mask_of(a), second=mask_of(b), operation=operation, name="both"
    )
    assert torch.equal(mask, mask_of(wanted(a, b))) and tracks.names == ("both",)


def test_an_object_is_inserted_behind_another_from_a_frame_on(nodes):
    inserted = mask_of(moving_disc(frames=2, radius=4))
    _, tracks = run(
        nodes.CombineMaskSequences, first=two(), second=inserted, operation="insert", start=3, behind="front"
    )
    assert tracks.names == ("front", "object 1", "back")
    assert tracks.track("object 1").masks.any(axis=(1, 2)).tolist() == [False, False, False, True, True, False]
    held = run(nodes.CombineMaskSequences, first=two(), second=inserted, operation="insert", after="hold_last")[1]
    assert held.track("object 1").masks.any(axis=(1, 2)).all()


def test_another_length_is_refused_spread_or_held_as_chosen(nodes):
    short = mask_of(moving_disc(frames=3))
    with pytest.raises(MaskVideoError, match="has 3 frames, the video needs 6"):
        run(nodes.CombineMaskSequences, first=two(), second=short)
    for length in ("resample", "hold_last"):
        assert run(nodes.CombineMaskSequences, first=two(), second=short, length=length)[1].count == 6


def test_pictures_of_different_shapes_are_not_combined(nodes):
    with pytest.raises(MaskVideoError, match="pictures of different shapes"):
        run(nodes.CombineMaskSequences, first=two(), second=mask_of(moving_disc(size=(80, 60))))


def test_one_object_comes_out_of_tracks_whole_or_as_far_as_it_shows(nodes):
    tracks = tracks_of(moving_disc(), moving_disc(start=(26, 30)))
    masks = {visible: run(nodes.TracksToMask, tracks=tracks, name="b", visible=visible)[0] for visible in (False, True)}
    assert masks[False].sum() > masks[True].sum() > 0
    assert torch.equal(run(nodes.TracksToMask, tracks=tracks)[0], mask_of(tracks.union()))
    with pytest.raises(MaskVideoError, match="no object is called 'c'"):
        run(nodes.TracksToMask, tracks=tracks, name="c")


def test_saved_tracks_are_loaded_by_the_name_that_saving_gives(nodes, folders):
    output = nodes.SaveTracks.execute(sequence=two(), prefix="tracks/clip")
    (folder,) = output.args
    assert folder == "tracks/clip_00001 [output]" and output.ui.as_dict()["text"] == (folder,)
    assert nodes.LoadTracks.validate_inputs(path=folder) is True
    mask, tracks = run(nodes.LoadTracks, path=folder)
    assert equal(tracks, two()) and torch.equal(mask, mask_of(two().union()))


def test_folders_of_the_input_folder_are_offered_and_videos_are_not(nodes, folders):
    nodes.SaveTracks.execute(sequence=two(), prefix="clip")
    (folders / "output" / "clip_00001").rename(folders / "input" / "clip")
    (folders / "input" / "clip.mp4").touch()
    path = nodes.LoadTracks.define_schema().inputs[0]
    assert path.options == ["clip"] and run(nodes.LoadTracks, path="clip")[1].names == ("front", "back")


@pytest.mark.parametrize("path", ["../output", "/etc", "clip/../..", ""])
def test_tracks_outside_the_hosts_folders_are_refused(nodes, folders, path):
    assert "outside the host's folder" in nodes.LoadTracks.validate_inputs(path=path)
    with pytest.raises(MaskVideoError, match="outside the host's folder"):
        run(nodes.LoadTracks, path=path)


def test_tracks_that_changed_on_disk_are_read_again(nodes, folders):
    (folder,) = nodes.SaveTracks.execute(sequence=two(), prefix="clip").args
    before = nodes.LoadTracks.fingerprint_inputs(path=folder)
    assert before == nodes.LoadTracks.fingerprint_inputs(path=folder)
    about = folders / "output" / "clip_00001" / "tracks.json"
    about.write_text(about.read_text(encoding="utf-8").replace("front", "rider"), encoding="utf-8")
    assert before != nodes.LoadTracks.fingerprint_inputs(path=folder)
    assert run(nodes.LoadTracks, path=folder)[1].names == ("rider", "back")


def test_a_check_is_the_report_its_plot_and_every_frame_drawn(check):
    frames = torch.rand(6, 60, 80, 3, generator=torch.Generator().manual_seed(0))
    output = check.execute(sequence=two(), clip=frames)
    report, plot, overlay = output.args
    assert report == check_tracks(two()).to_json()
    assert plot.shape[0] == 1 and output.ui.as_dict()["images"]
    outside = ~mask_of(two().union()).bool()
    assert overlay.shape == frames.shape and (overlay - frames)[outside].abs().mean() < (overlay - frames).abs().mean()


def test_what_is_suspicious_is_said_in_the_report_and_drawn_on_its_frame(check):
    masks = moving_disc()
    masks[3] = 0
    report, _, overlay = check.execute(sequence=mask_of(masks)).args
    (seen,) = json.loads(report)["objects"]
    assert seen["empty"] == [3] and [one["frame"] for one in seen["suspicious"]] == [3]
    red_border = (overlay[:, 0, :, 0] > overlay[:, 0, :, 2] + 0.5).float().mean(1) > 0.9
    assert red_border.tolist() == [False, False, False, True, False, False]


def test_a_clip_of_another_length_is_refused_with_both_counts(check):
    with pytest.raises(MaskVideoError, match="the video has 4 frames, the masks 6"):
        check.execute(sequence=two(), clip=torch.zeros(4, 60, 80, 3))
