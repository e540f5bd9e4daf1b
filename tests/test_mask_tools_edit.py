import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools import edit as edit_module
from maskvideo.mask_tools.edit import (
    STEPS,
    Edit,
    edit_from_json,
    edit_from_values,
    edit_masks,
    edit_sequence,
    edit_to_json,
    edit_tracks,
)
from maskvideo.mask_tools.sequence import collect

from .tracks_base import few, moving_disc, random_tracks, tracks_of

EXAMPLES = [
    {"op": "move", "about": [0.2, 0.4], "keyframes": [{}, {"time": 1, "dx": 0.2, "scale": 1.5, "rotation": 20}]},
    {"op": "camera", "keyframes": [{"time": 0}, {"time": 1, "x": 0.4, "zoom": 1.3, "roll": 5}]},
    {"op": "slope", "degrees": 15, "towards": "right", "travel": 0.1},
    {"op": "mirror", "axis": "vertical", "about": "object"},
    {"op": "retime", "frames": 7},
    {"op": "reverse"},
    {"op": "loop", "times": 2, "blend_frames": 1},
    {"op": "trim", "start": 1, "stop": -1},
    {"op": "grow", "px": 2},
    {"op": "shrink", "px": 0.5},
    {"op": "fill_holes"},
    {"op": "drop_specks", "smallest_px": 4},
    {"op": "smooth", "frames": 3},
    {"op": "select", "objects": ["a"]},
]


def test_every_step_is_in_the_example_and_in_the_documentation_of_the_format():
    assert {example["op"] for example in EXAMPLES} == set(STEPS)
    assert [op for op in STEPS if f'"op": "{op}"' not in edit_module.__doc__] == []


def test_the_documented_json_is_an_edit():
    text = edit_module.__doc__.split("::\n\n")[1].split("\n\nPlaces are")[0]
    assert edit_from_json(text).feather_px == 4 and len(edit_from_json(text).steps) > len(STEPS)


def test_an_edit_is_itself_again_after_json():
    edit = edit_from_values({"steps": EXAMPLES, "feather_px": 2.5})
    assert edit_from_json(edit_to_json(edit)) == edit
    assert edit_from_json(json.dumps(EXAMPLES)).steps == edit.steps


@few
@given(random_tracks(frames=st.integers(4, 7)), st.permutations(EXAMPLES[:2] + EXAMPLES[3:]))
def test_any_order_of_steps_gives_the_same_frames_one_by_one_as_all_at_once(tracks, steps):
    sequence = edit_sequence(tracks, edit_from_values(steps))
    whole = collect(sequence)
    assert whole.batch(range(whole.count)).shape == (sequence.count, len(sequence.names), *tracks.size)
    order = np.random.default_rng(0).permutation(sequence.count).tolist()
    again = edit_sequence(tracks, edit_from_values(steps))
    assert all((again.batch([frame])[0] == whole.batch([frame])[0]).all() for frame in order)


def test_no_steps_change_nothing_and_a_mask_sequence_is_edited_and_feathered():
    tracks = tracks_of(moving_disc(3))
    assert (edit_tracks(tracks, Edit()).union() == tracks.union()).all()
    masks = tracks.tensor()
    assert torch.equal(edit_masks(masks, Edit()), masks)
    soft = edit_masks(masks, edit_from_values({"steps": [{"op": "reverse"}], "feather_px": 4}))
    assert (
        torch.equal((soft > 0.5).float(), masks.flip(2)) and 0 < float(((soft > 0) & (soft < 1)).float().mean()) < 0.2
    )


def test_progress_is_told_and_can_stop():
    told = []
    edit_tracks(tracks_of(moving_disc(40)), Edit(), on_frame=lambda done, total: told.append((done, total)))
    assert told == [(16, 40), (32, 40), (40, 40)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        edit_tracks(tracks_of(moving_disc(3)), Edit(), on_frame=stop)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("x", "an edit is a list of steps"),
        ({"step": []}, "an edit is a list of steps"),
        ({"steps": [], "feather": 2}, "an edit has no 'feather': it knows steps and feather_px"),
        ({"steps": [], "feather_px": "x"}, "feather_px is 'x': give a number"),
        ([{"op": "revers"}], "step 1 has op 'revers': the closest is 'reverse'"),
        ([{"op": "reverse"}, 3], "step 2 is 3"),
        ([{"op": "grow"}], r"step 1 \(grow\): Grow needs 'px': add it"),
        ([{"op": "grow", "pixels": 1}], "Grow has no key 'pixels'"),
        ([{"op": "grow", "px": "2"}], r"Grow\.px is '2', it needs float"),
        ([{"op": "move", "keyframes": [{"tme": 0}]}], "MoveKey has no key 'tme': the closest is 'time'"),
        ([{"op": "move", "keyframes": [{"scale": 0}]}], r"step 1 \(move\): scale is 0"),
    ],
)
def test_a_wrong_description_is_told_by_step(values, message):
    with pytest.raises(MaskVideoError, match=message):
        edit_from_values(values)


def test_broken_json_and_a_step_that_does_not_fit_the_tracks_are_told():
    with pytest.raises(MaskVideoError, match="the edit is not readable JSON"):
        edit_from_json("[{")
    edit = edit_from_values([{"op": "reverse"}, {"op": "trim", "start": 9}])
    with pytest.raises(MaskVideoError, match=r"step 2 \(trim\): trim from 9 to None leaves no frame of 3"):
        edit_sequence(tracks_of(moving_disc(3)), edit)
