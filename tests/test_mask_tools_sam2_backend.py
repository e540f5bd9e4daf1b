import gc

import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.images import write_image
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt

from .segment_base import SIDE_PX, SIZE, moving_disc, needs_sam2, save_sam2

pytestmark = needs_sam2

CLICK = ObjectPrompt("disc", 0, points=((0.25, 0.5, 1),))
LATE_BOX = ObjectPrompt("late", 3, box=(0.5, 0.2, 0.9, 0.8))
WINDOW = 16
"""Frames that SAM 2 looks back: its object pointers reach furthest."""


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    from maskvideo.mask_tools.sam2_backend import Sam2Backend
    from maskvideo.mask_tools.sam2_model import load_sam2

    return Sam2Backend(load_sam2(save_sam2(tmp_path_factory.mktemp("sam2") / "tiny.pt"), SIDE_PX))


def tracked(backend, prompts, count=6, on_frame=None):
    return extract_tracks(open_frames(moving_disc(count)), prompts, backend, on_frame)


def changed(before, after, name):
    """Frames in which the object's masks differ."""
    differ = before.track(name).masks != after.track(name).masks
    return np.flatnonzero(differ.any(axis=(1, 2))).tolist()


def test_frames_fed_one_by_one_give_what_the_package_gives_for_a_folder_that_it_loads_whole(backend, tmp_path):
    count = WINDOW + 4  # longer than what is remembered
    for index, frame in enumerate(moving_disc(count)):
        write_image(tmp_path / f"{index}.jpg", frame)
    ours = extract_tracks(open_frames(tmp_path), [CLICK], backend).track("disc").masks
    state = backend.predictor.init_state(str(tmp_path))
    point = np.array([[0.25 * SIZE[1], 0.5 * SIZE[0]]], np.float32)
    backend.predictor.add_new_points_or_box(state, 0, 1, point, np.array([1]))
    theirs = [(logits[0, 0] > 0).numpy() for _, _, logits in backend.predictor.propagate_in_video(state)]
    assert np.array_equal(ours, np.stack(theirs))


def test_two_objects_prompted_on_different_frames_are_two_tracks_through_the_whole_clip(backend):
    tracks = tracked(backend, [CLICK, LATE_BOX])
    assert tracks.names == ("disc", "late")
    first, second = (track.masks for track in tracks.objects)
    assert first.shape == (6, *SIZE) and first.dtype == np.uint8
    assert first.any(axis=(1, 2)).all() and second.any(axis=(1, 2)).all()
    assert not np.array_equal(first, second)


def test_an_object_does_not_depend_on_what_else_is_tracked(backend):
    both, alone = tracked(backend, [CLICK, LATE_BOX]), tracked(backend, [LATE_BOX])
    assert changed(both, alone, "late") == []


def test_a_correction_changes_its_frame_and_those_after_it_alone(backend):
    corrected = [CLICK, LATE_BOX, ObjectPrompt("disc", 4, points=((0.9, 0.9, 1), (0.25, 0.5, 0)))]
    before, after = tracked(backend, [CLICK, LATE_BOX]), tracked(backend, corrected)
    assert changed(before, after, "disc") == [4, 5]
    assert changed(before, after, "late") == []


def test_a_mask_prompt_comes_back_on_its_own_frame(backend):
    mask = np.zeros(SIZE, bool)
    mask[12:36, 16:40] = True
    found = tracked(backend, [ObjectPrompt("box", 5, mask=mask)]).track("box").masks
    overlap = (found[5] & mask).sum() / (found[5] | mask).sum()
    assert overlap > 0.9 and found[:5].any(axis=(1, 2)).all()


def test_progress_counts_both_passes_and_every_frame_once(backend):
    steps = []
    tracked(backend, [CLICK, LATE_BOX], on_frame=lambda done, total: steps.append((done, total)))
    assert steps == [(done, 6 + 3) for done in range(10)]


def test_an_interrupt_ends_the_work(backend):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tracked(backend, [CLICK], on_frame=stop)


def test_memory_does_not_grow_with_the_clip(backend):
    kept = []

    def count_memories(done, total):
        alive = (one for one in gc.get_objects() if type(one) is torch.Tensor)
        kept.append(sum(one.dtype == torch.bfloat16 for one in alive))  # one for each remembered frame

    tracked(backend, [CLICK], count=WINDOW + 10, on_frame=count_memories)
    assert max(kept) <= WINDOW + 2 and kept[-1] == kept[WINDOW + 3]


def test_a_clip_of_one_frame_works(backend):
    assert tracked(backend, [CLICK], count=1).track("disc").masks.shape == (1, *SIZE)


def test_nothing_is_printed(backend, capsys):
    tracked(backend, [CLICK, LATE_BOX])
    assert capsys.readouterr() == ("", "")


def test_where_the_model_sees_nothing_the_point_is_named(tmp_path):
    from maskvideo.mask_tools.sam2_backend import Sam2Backend
    from maskvideo.mask_tools.sam2_model import load_sam2

    blind = Sam2Backend(load_sam2(save_sam2(tmp_path / "blind.pt", sees_objects=False), SIDE_PX))
    with pytest.raises(MaskVideoError, match=r"no object at the point \(0\.25, 0\.5\) of frame 0 for 'disc'"):
        tracked(blind, [CLICK])
