"""A clip of the host, IMAGE or VIDEO, as frames that are read one at a time."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.video import write_video

from ..orientation_base import ORIENTATIONS, quartered, quarters, write_oriented
from ..segment_base import moving_disc


@pytest.fixture
def clips(host):
    from maskvideo.adapters.comfy import clips

    return clips


@pytest.fixture
def file(host, tmp_path):
    """A VIDEO from a file of six frames, and what the file holds."""
    from comfy_api.latest import InputImpl

    write_video(tmp_path / "disc.mp4", moving_disc(), fps=12)
    return InputImpl.VideoFromFile(str(tmp_path / "disc.mp4"))


def shown(frame):
    """Which frame of the disc's way a decoded frame is."""
    return int(np.abs(moving_disc().astype(int) - frame).mean(axis=(1, 2, 3)).argmin())


def made_video(frames):
    """A VIDEO that was made in the graph, as Create Video makes one."""
    from comfy_api.latest import InputImpl, Types

    return InputImpl.VideoFromComponents(Types.VideoComponents(images=frames, frame_rate=Fraction(12), audio=None))


def test_an_image_batch_is_its_frames_without_a_clock(clips):
    frames = clips.clip_frames(torch.from_numpy(moving_disc()).float() / 255)
    assert (frames.count, frames.size, frames.fps) == (6, (48, 64), None)
    assert np.array_equal(np.stack(list(frames)), moving_disc())


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_a_video_from_a_file_is_seen_as_players_show_it(clips, tmp_path, name):
    from comfy_api.latest import InputImpl

    write_oriented(tmp_path / "turned.mp4", [quartered()] * 2, name)
    frames = clips.clip_frames(InputImpl.VideoFromFile(str(tmp_path / "turned.mp4")))
    assert [quarters(frame) for frame in frames] == [ORIENTATIONS[name][1]] * 2


def test_a_video_from_a_file_is_read_from_the_file(clips, file, monkeypatch):
    monkeypatch.setattr(type(file), "get_components", None)  # would hold every frame in memory
    frames = clips.clip_frames(file)
    assert (frames.count, frames.size, frames.fps) == (6, (48, 64), 12)
    assert [shown(frame) for frame in frames] == [0, 1, 2, 3, 4, 5]


def test_a_video_gives_the_frames_that_the_host_takes_from_it(clips, file):
    images = file.get_components().images
    ours = torch.from_numpy(np.stack(list(clips.clip_frames(file)))).float() / 255
    assert ours.shape == images.shape and (ours - images).abs().mean() < 0.02


def test_a_video_made_in_the_graph_is_not_encoded_to_be_looked_at(clips, monkeypatch):
    video = made_video(torch.from_numpy(moving_disc()).float() / 255)
    monkeypatch.setattr(type(video), "save_to", None)
    frames = clips.clip_frames(video)
    assert frames.fps == 12 and np.array_equal(frames.frame(5), moving_disc()[5])


def test_a_trimmed_video_is_what_was_left_of_it(clips, file):
    if not hasattr(file, "as_trimmed"):
        pytest.skip("this host does not trim videos")
    frames = clips.clip_frames(file.as_trimmed(start_time=0.25, duration=0.25))
    assert [shown(frame) for frame in frames] == [3, 4, 5]


@pytest.mark.parametrize("clip", [None, "clip.mp4", np.zeros((2, 8, 8, 3))])
def test_anything_else_is_no_clip(clips, clip):
    with pytest.raises(MaskVideoError, match="give an IMAGE batch or a VIDEO"):
        clips.clip_frames(clip)


def test_frames_become_an_image_of_the_host(clips):
    image = clips.frames_image(iter(moving_disc()), 6)
    assert image.dtype == torch.float32 and torch.equal((image * 255).round().byte(), torch.from_numpy(moving_disc()))
    assert torch.equal(clips.frame_image(moving_disc()[0]), image[:1])
