"""Where the commands write tracks: all of it, or nothing."""

import numpy as np
import pytest
from maskvideo.commands.track_output import write_sequence
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import open_picture
from maskvideo.files.video import read_video
from maskvideo.mask_tools.sequence import Derived
from maskvideo.mask_tools.tracks_file import read_tracks

from .tracks_base import moving_disc, tracks_of

TRACKS = tracks_of(moving_disc(3), moving_disc(3, start=(50, 40)), fps=12.5)


class Broken(Derived):
    """Tracks that fail after the first frames."""

    @property
    def count(self):
        return 40

    def batch(self, frames):
        if max(frames) > 20:
            raise MaskVideoError("the disk is full")
        return self.base.batch([0] * len(frames))


def test_a_folder_gets_tracks_and_a_video_their_union(tmp_path, capsys):
    write_sequence(tmp_path / "deep" / "t", TRACKS)
    again = read_tracks(tmp_path / "deep" / "t")
    assert again.names == ("a", "b") and again.fps == 12.5 and (again.union() == TRACKS.union()).all()
    write_sequence(tmp_path / "t.mp4", TRACKS)
    frames = np.stack(list(read_video(tmp_path / "t.mp4")))[..., 0]
    assert ((frames > 127) != TRACKS.union()).mean() < 0.01
    assert "3 frames of 80x60, a, b" in capsys.readouterr().out


def test_soft_outlines_are_grey_masks(tmp_path):
    write_sequence(tmp_path / "soft", TRACKS, feather_px=6)
    values = open_picture(tmp_path / "soft" / "00000.png").values
    assert values.shape == (60, 80) and len(np.unique(values)) > 4 and ((values > 127) == TRACKS.union()[0]).all()
    write_sequence(tmp_path / "soft", TRACKS, feather_px=6)  # over its own


@pytest.mark.parametrize("name", ["deep/t", "deep/t.mp4"])
def test_what_fails_leaves_no_file_and_no_folder(tmp_path, name):
    with pytest.raises(MaskVideoError, match="the disk is full"):
        write_sequence(tmp_path / name, Broken(TRACKS))
    assert list(tmp_path.iterdir()) == []


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(MaskVideoError, match=r"ends in \.gif: give a folder, or a video ending in \.mp4"):
        write_sequence(tmp_path / "t.gif", TRACKS)
