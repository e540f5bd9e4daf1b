import av
import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.video import write_video
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt
from maskvideo.mask_tools.tracks import track_colour

from .segment_base import SIZE, moving_disc

CENTRE = ObjectPrompt("disc", 0, points=((0.25, 0.5, 1),))


class Brightness:
    """A backend that takes for every object what is bright: slow to mislead, quick to run."""

    def __init__(self, floor=200):
        self.floor = floor

    def track(self, frames, prompts, on_frame):
        on_frame(0, frames.count)
        for index, frame in enumerate(frames):
            yield index, {prompt.name: frame.max(axis=-1) > self.floor for prompt in prompts}
            on_frame(index + 1, frames.count)


def test_masks_are_bytes_of_the_clips_size_with_names_colours_and_the_clips_rate():
    frames = open_frames(moving_disc(4), fps=12)
    tracks = extract_tracks(frames, [CENTRE, ObjectPrompt("other", 2, box=(0, 0, 1, 1))], Brightness())
    assert tracks.names == ("disc", "other") and tracks.fps == 12
    assert tracks.colours == (track_colour(0), track_colour(1))
    disc = tracks.track("disc").masks
    assert disc.dtype == np.uint8 and disc.shape == (4, *SIZE)
    assert np.array_equal(disc, (moving_disc(4).max(axis=-1) > 200).astype(np.uint8))


def test_progress_ends_at_the_number_of_frames_and_may_interrupt():
    steps = []
    frames = open_frames(moving_disc(4))
    extract_tracks(frames, [CENTRE], Brightness(), lambda done, total: steps.append((done, total)))
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_tracks(frames, [CENTRE], Brightness(), stop)


@pytest.mark.parametrize(
    ("prompt", "where"),
    [
        (CENTRE, r"the point \(0\.25, 0\.5\) of frame 0 for 'disc'"),
        (ObjectPrompt("disc", 2, points=((0.1, 0.2, 1), (0.3, 0.4, 1))), r"the points \(0\.1, 0\.2\), \(0\.3, 0\.4\)"),
        (ObjectPrompt("disc", 1, box=(0.1, 0.2, 0.3, 0.4)), r"the box \(0\.1, 0\.2, 0\.3, 0\.4\) of frame 1"),
    ],
)
def test_no_object_where_the_prompt_points_is_an_error(prompt, where):
    with pytest.raises(MaskVideoError, match=f"no object at {where}"):
        extract_tracks(open_frames(moving_disc(3)), [prompt], Brightness(floor=255))


def test_an_object_may_be_gone_on_other_frames_and_where_it_is_told_not_to_be():
    frames = moving_disc(3)
    frames[1] = 0
    against = ObjectPrompt("disc", 1, points=((0.5, 0.5, 0),))
    masks = extract_tracks(open_frames(frames), [CENTRE, against], Brightness()).track("disc").masks
    assert masks.any(axis=(1, 2)).tolist() == [True, False, True]


class Unused:
    """A backend that must not run."""

    def track(self, frames, prompts, on_frame):
        raise AssertionError("work began before the prompts were checked")


WIDE = np.ones((SIZE[0], SIZE[1] * 2), bool)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([], "nothing points at an object: give points, a box, a text or a mask"),
        ([ObjectPrompt("a", 3, box=(0, 0, 1, 1))], "'a' is prompted on frame 3, the clip has 3 frames: the last is 2"),
        ([ObjectPrompt("a", points=((0, 0, 0),))], "'a' has only points that are not it on frame 0"),
        ([CENTRE, ObjectPrompt("a", 1, points=((0, 0, 0),))], "'a' has only points that are not it on frame 1"),
        ([ObjectPrompt("a", mask=WIDE)], "the mask of 'a' is 128x48, the clip is 64x48: give a mask of the clip's"),
    ],
)
def test_prompts_that_do_not_fit_the_clip_are_refused_before_any_work(prompts, message):
    with pytest.raises(MaskVideoError, match=message):
        extract_tracks(open_frames(moving_disc(3)), prompts, Unused())


def test_a_mask_of_another_size_but_the_clips_shape_is_fitted():
    class Given(Brightness):
        def track(self, frames, prompts, on_frame):
            yield 0, {prompts[0].name: prompts[0].mask}

    small = np.zeros((SIZE[0] // 2, SIZE[1] // 2), bool)
    small[4:12, 8:20] = True
    found = extract_tracks(open_frames(moving_disc(2)), [ObjectPrompt("a", mask=small)], Given()).track("a").masks
    assert np.array_equal(found[0], small.repeat(2, axis=0).repeat(2, axis=1)) and not found[1].any()


def test_a_speck_that_vanishes_when_it_is_fitted_is_named():
    speck = np.zeros((SIZE[0] * 8, SIZE[1] * 8), bool)
    speck[0, 0] = True
    with pytest.raises(MaskVideoError, match="the mask of 'a' vanishes when 512x384 is fitted to 64x48"):
        extract_tracks(open_frames(moving_disc(2)), [ObjectPrompt("a", mask=speck)], Unused())


def save_varying(path):
    """Frames that last 1, 2, 3 .. ticks."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        tick = 0
        for index, pixels in enumerate(moving_disc(6)):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, tick = tick, tick + index + 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def save_av1(path):
    encoder = next((name for name in ("libsvtav1", "libaom-av1", "librav1e") if name in av.codecs_available), None)
    if encoder is None:
        pytest.skip("this FFmpeg has no AV1 encoder to write the clip with")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=25)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        for pixels in moving_disc(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


@pytest.mark.parametrize("save", [save_varying, save_av1])
def test_every_frame_of_a_video_gets_its_mask_whatever_its_clock_and_codec(tmp_path, save):
    save(tmp_path / "clip.mp4")
    masks = extract_tracks(open_frames(tmp_path / "clip.mp4"), [CENTRE], Brightness(180)).track("disc").masks
    truth = moving_disc(6).max(axis=-1) > 200
    assert len(masks) == 6
    assert all((mask & true).sum() > 0.8 * (mask | true).sum() for mask, true in zip(masks > 0, truth, strict=True))


def test_a_clip_of_one_frame_works(tmp_path):
    write_video(tmp_path / "one.mp4", moving_disc(1))
    assert extract_tracks(open_frames(tmp_path / "one.mp4"), [CENTRE], Brightness(180)).count == 1
