"""``maskvideo masks combine`` joins mask sequences."""

import numpy as np
import pytest
from maskvideo.cli import main
from maskvideo.mask_tools.tracks_file import read_tracks, write_tracks

from .tracks_base import moving_disc, tracks_of


@pytest.fixture
def combine(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_tracks("clip", tracks_of(moving_disc(6), names=["dog"]))
    write_tracks("other", tracks_of(moving_disc(3, start=(50, 20), step=(0, 0), radius=6), names=["cat"]))

    def run(*arguments, masks=("clip", "other")):
        status = main(["masks", "combine", "--masks", *masks, "--out", "out", *arguments])
        error = capsys.readouterr().err
        return read_tracks("out") if status == 0 else error.splitlines()[-1]

    return run


def test_objects_are_layered_by_default_or_made_one(combine):
    assert combine("--length", "hold_last").names == ("dog", "cat")
    union = combine("--operation", "union", "--name", "animals", "--length", "hold_last", "--reverse")
    assert union.names == ("animals",) and (union.union()[-1] >= moving_disc(6)[0]).all()
    assert (combine("--operation", "difference", masks=("clip",)).union() == moving_disc(6)).all()


def test_an_object_is_inserted_edited_behind_another(combine):
    tracks = combine(
        "--operation", "insert", "--only", "cat", "--start", "2", "--behind", "dog", "--translate", "0.1,0"
    )
    assert tracks.names == ("dog", "cat") and np.flatnonzero(tracks.track("cat").masks.any((1, 2))).tolist() == [
        2,
        3,
        4,
    ]
    assert (tracks.track("cat").masks[2] == moving_disc(1, start=(58, 20), radius=6)[0]).all()
    assert (tracks.track("dog").masks == moving_disc(6)).all()


def test_lengths_that_differ_and_a_third_sequence_to_insert_are_refused(combine, tmp_path):
    assert "mask sequence has 3 frames, the video needs 6" in combine()
    assert "insert takes two sequences, 3 came" in combine("--operation", "insert", masks=("clip", "other", "other"))
    assert "there are no masks at nowhere" in combine(masks=("clip", "nowhere"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip", "other"]


def test_the_choices_are_those_of_the_functions():
    from maskvideo.commands import mask_flags, masks_combine
    from maskvideo.mask_tools import combine, fit, insert

    assert (*combine.OPERATIONS, "insert") == masks_combine.OPERATIONS
    assert masks_combine.AFTER == insert.AFTER and mask_flags.LENGTHS == fit.LENGTHS
