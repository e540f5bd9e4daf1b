"""Mask sequences in a graph: MASK and TRACKS, and where tracks are saved."""

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.tracks_file import read_tracks

from ..tracks_base import moving_disc, tracks_of


@pytest.fixture
def adapter(host):
    from maskvideo.adapters.comfy import tracks

    return tracks


@pytest.fixture
def output(host, tmp_path, monkeypatch):
    import folder_paths

    monkeypatch.setattr(folder_paths, "output_directory", str(tmp_path / "output"))
    return tmp_path / "output"


def two():
    """Two discs that overlap: the first hides a part of the second."""
    return tracks_of(moving_disc(), moving_disc(start=(26, 30)))


def test_tracks_stay_and_a_mask_is_one_object_cut_at_half(adapter):
    tracks = two()
    assert adapter.to_tracks(tracks) is tracks
    soft = torch.tensor([[[0.0, 0.4, 0.6, 1.0]]])
    assert adapter.to_tracks(soft).track("object 1").masks.tolist() == [[[0, 0, 1, 1]]]


@pytest.mark.parametrize("sequence", [None, "tracks", [two()]])
def test_anything_else_is_no_mask_sequence(adapter, sequence):
    with pytest.raises(MaskVideoError, match="give a MASK or TRACKS"):
        adapter.to_tracks(sequence)


def test_a_mask_of_all_of_one_or_of_what_shows_of_one(adapter):
    tracks, (front, back) = two(), (one.masks for one in two().objects)
    assert torch.equal(adapter.tracks_mask(tracks), torch.from_numpy(front | back).float())
    assert torch.equal(adapter.tracks_mask(tracks, " b "), torch.from_numpy(back).float())
    assert torch.equal(adapter.tracks_mask(tracks, "b", visible=True), torch.from_numpy(back & (1 - front)).float())


def test_saved_tracks_read_back_the_same_and_nothing_is_replaced(adapter, output):
    assert [adapter.save_tracks(two(), "tracks/clip") for _ in range(2)] == ["tracks/clip_00001", "tracks/clip_00002"]
    stored = read_tracks(output / "tracks" / "clip_00002")
    assert stored.names == ("a", "b")
    pairs = zip(stored.objects, two().objects, strict=True)
    assert all(np.array_equal(one.masks, other.masks) for one, other in pairs)


@pytest.mark.parametrize("prefix", ["", "  ", "..", "../clip", "/clip", "a/../../clip", ".", "a\0b"])
def test_a_prefix_that_leaves_the_output_folder_is_refused(adapter, output, prefix):
    with pytest.raises(MaskVideoError, match="is no place in the host's folder"):
        adapter.save_tracks(two(), prefix)
    assert not output.exists() or not list(output.iterdir())


def test_a_link_that_leaves_the_output_folder_is_refused(adapter, output, tmp_path):
    output.mkdir()
    (output / "link").symlink_to(tmp_path)
    with pytest.raises(MaskVideoError, match="is no place in the host's folder"):
        adapter.save_tracks(two(), "link/clip")


def test_progress_ends_the_run_that_the_user_interrupted(adapter):
    import comfy.model_management as management

    on_frame = adapter.frame_progress()
    on_frame(1, 6)
    management.interrupt_current_processing()
    with pytest.raises(management.InterruptProcessingException):
        on_frame(2, 6)
    on_frame(3, 6)  # the host takes the request back when it is heard
