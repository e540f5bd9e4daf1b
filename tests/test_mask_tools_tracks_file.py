import json

import numpy as np
import pytest
import torch
from hypothesis import given
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools import tracks_file
from maskvideo.mask_tools.read import read_masks
from maskvideo.mask_tools.tracks import track_colour
from maskvideo.mask_tools.tracks_file import StoredTracks, read_tracks, tracks_writer, write_tracks
from PIL import Image

from .tracks_base import few, moving_disc, random_tracks, tracks_of


@few
@given(random_tracks(objects=4))
def test_tracks_come_back_bit_for_bit_overlaps_included(tmp_path_factory, tracks):
    folder = tmp_path_factory.mktemp("tracks") / "of a clip"
    write_tracks(folder, tracks)
    again = read_tracks(folder)
    assert (again.names, again.colours, again.fps) == (tracks.names, tracks.colours, tracks.fps)
    assert (again.batch(range(tracks.count)) == tracks.batch(range(tracks.count))).all()
    assert torch.equal(read_masks(folder), tracks.tensor())  # as a plain mask sequence, every object counts


def test_any_viewer_sees_labels_in_the_objects_colours(tmp_path):
    write_tracks(tmp_path / "t", tracks_of(moving_disc(2), moving_disc(2, start=(60, 40))))
    image = Image.open(tmp_path / "t" / "00000.png")
    assert image.mode == "P" and set(np.unique(np.asarray(image))) == {0, 1, 2}
    assert image.convert("RGB").getpixel((20, 30)) == track_colour(0)


def test_a_folder_of_tracks_is_replaced_as_a_whole(tmp_path):
    write_tracks(tmp_path / "t", tracks_of(moving_disc(5)))
    write_tracks(tmp_path / "t", tracks_of(moving_disc(2), fps=12.5))
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["00000.png", "00001.png", "tracks.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["t"] and StoredTracks(tmp_path / "t").fps == 12.5


def test_a_writer_that_fails_leaves_the_old_tracks_and_nothing_else(tmp_path):
    write_tracks(tmp_path / "t", tracks_of(moving_disc(5)))
    with pytest.raises(MaskVideoError, match=r"masks of shape \[1, 5, 5\] came for frame 1: give \[1, 60, 80\]"):  # noqa: SIM117
        with tracks_writer(tmp_path / "t", ["a"], [(1, 2, 3)]) as writer:
            writer.write(np.ones((1, 60, 80), bool))
            writer.write(np.ones((1, 5, 5), bool))
    assert read_tracks(tmp_path / "t").count == 5 and [path.name for path in tmp_path.iterdir()] == ["t"]


def test_a_folder_with_other_files_is_not_overwritten(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(MaskVideoError, match=r"holds other files \(notes\.txt\).* give a new folder"):
        write_tracks(tmp_path, tracks_of(moving_disc(2)))


def test_what_a_file_manager_left_in_a_folder_of_tracks_is_no_obstacle(tmp_path):
    write_tracks(tmp_path / "t", tracks_of(moving_disc(2)))
    (tmp_path / "t" / ".DS_Store").write_bytes(b"")
    write_tracks(tmp_path / "t", tracks_of(moving_disc(1)))
    assert read_tracks(tmp_path / "t").count == 1


def test_too_many_ways_of_overlap_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tracks_file, "MOST_LABELS", 3)
    masks = np.zeros((3, 1, 8, 8), np.uint8)
    masks[0, 0, 0], masks[1, 0, :, 0], masks[2, 0, 4] = 1, 1, 1
    with pytest.raises(MaskVideoError, match="overlap in more than 0 ways"):
        write_tracks(tmp_path / "t", tracks_of(*masks))


def edited(folder, **changes):
    path = folder / "tracks.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "tracks.json").write_text("{"), r"tracks\.json is not readable JSON"),
        (lambda f: (f / "tracks.json").write_text("[]"), "does not describe tracks"),
        (lambda f: (f / "tracks.json").unlink(), r"there is no .*tracks\.json"),
        (lambda f: edited(f, version=2), "format version 2, this MaskVideo reads 1: update MaskVideo"),
        (lambda f: edited(f, format="other"), "does not describe tracks"),
        (lambda f: edited(f, frames=4), r"lacks 00003\.png: tracks\.json says 4 frames"),
        (lambda f: edited(f, objects=[]), "does not say what it should|lists no object"),
        (lambda f: edited(f, labels={"1": ["nobody"]}), "does not say what it should"),
        (lambda f: edited(f, labels={"300": ["a"]}), "does not say what it should"),
        (lambda f: edited(f, labels={}), r"00000\.png has index 1, which tracks\.json does not list"),
        (
            lambda f: edited(f, width=81),
            r"80x60 \(1 channel of uint8\), tracks\.json says an indexed PNG of 81x60",
        ),
        (lambda f: edited(f, height="x"), "does not say what it should"),
        (lambda f: edited(f, fps=-1), "-1 frames per second"),
        (lambda f: (f / "00001.png").write_bytes(b"\x89PNG"), r"00001\.png is not a readable image"),
    ],
)
def test_a_broken_folder_is_told_with_the_cause(tmp_path, spoil, message):
    write_tracks(tmp_path / "t", tracks_of(moving_disc(3)))
    spoil(tmp_path / "t")
    with pytest.raises(MaskVideoError, match=message):
        read_tracks(tmp_path / "t")
