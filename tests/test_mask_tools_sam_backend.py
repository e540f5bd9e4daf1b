import numpy as np
import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt

from .segment_base import SIZE, moving_disc, needs_sam, tiny_sam

pytestmark = needs_sam

CLICK = ObjectPrompt("disc", 0, points=((0.25, 0.5, 1),))
SQUARE = np.zeros(SIZE, bool)
SQUARE[12:36, 16:40] = True
LATE_BOX = ObjectPrompt("late", 3, box=(0.5, 0.2, 0.9, 0.8))


@pytest.fixture(scope="module")
def backend():
    from maskvideo.mask_tools.sam_backend import SamBackend

    return SamBackend(tiny_sam().eval())


def tracked(backend, prompts, count=6, on_frame=None):
    return extract_tracks(open_frames(moving_disc(count)), prompts, backend, on_frame)


def test_a_prompted_frame_is_what_the_packages_predictor_gives(backend):
    from segment_anything import SamPredictor

    found = tracked(backend, [LATE_BOX]).track("late").masks[3]
    predictor = SamPredictor(tiny_sam().eval())
    predictor.set_image(moving_disc()[3])
    box = np.array([0.5 * SIZE[1], 0.2 * SIZE[0], 0.9 * SIZE[1], 0.8 * SIZE[0]])
    assert np.array_equal(found, predictor.predict(box=box, multimask_output=False)[0][0])


def test_a_lone_click_takes_the_mask_that_the_model_rates_best(backend):
    from segment_anything import SamPredictor

    predictor = SamPredictor(tiny_sam().eval())
    predictor.set_image(moving_disc()[0])
    masks, ratings, _ = predictor.predict(np.array([[16.0, 24.0]]), np.array([1]))
    assert ratings.argmax() != 0
    assert np.array_equal(tracked(backend, [CLICK]).track("disc").masks[0], masks[ratings.argmax()])


def test_a_frame_without_a_prompt_is_prompted_with_the_last_masks_box_a_little_wider(backend):
    found = tracked(backend, [ObjectPrompt("square", mask=SQUARE)]).track("square").masks[1]
    backend.predictor.set_image(moving_disc()[1])
    tight, wider = np.array([16, 12, 40, 36], np.float32), np.array([14.8, 10.8, 41.2, 37.2], np.float32)
    assert np.array_equal(found, backend.predictor.predict(box=wider, multimask_output=False)[0][0])
    assert not np.array_equal(found, backend.predictor.predict(box=tight, multimask_output=False)[0][0])


def test_two_objects_prompted_on_different_frames_are_two_tracks_through_the_whole_clip(backend):
    tracks = tracked(backend, [CLICK, LATE_BOX])
    assert tracks.names == ("disc", "late") and tracks.count == 6
    assert all(track.masks.any(axis=(1, 2)).all() for track in tracks.objects)


def test_a_corrected_frame_changes_itself_and_those_after_it_alone(backend):
    before = tracked(backend, [CLICK, LATE_BOX])
    corner = np.zeros(SIZE, bool)
    corner[:4, :4] = True
    after = tracked(backend, [CLICK, LATE_BOX, ObjectPrompt("disc", 4, mask=corner)])
    differ = (before.track("disc").masks != after.track("disc").masks).any(axis=(1, 2))
    assert differ.tolist() == [False] * 4 + [True] * 2
    assert np.array_equal(before.track("late").masks, after.track("late").masks)


def test_a_mask_prompt_is_its_frames_result(backend):
    found = tracked(backend, [ObjectPrompt("square", 2, mask=SQUARE)]).track("square").masks
    assert np.array_equal(found[2], SQUARE) and found.any(axis=(1, 2)).all()


def test_progress_counts_both_passes_and_every_frame_once(backend):
    steps = []
    tracked(backend, [CLICK, LATE_BOX], on_frame=lambda done, total: steps.append((done, total)))
    assert steps == [(done, 6 + 3) for done in range(10)]


def test_a_clip_of_one_frame_works(backend):
    assert tracked(backend, [CLICK], count=1).count == 1


def test_where_the_model_sees_nothing_the_box_is_named():
    from maskvideo.mask_tools.sam_backend import SamBackend

    with pytest.raises(MaskVideoError, match=r"no object at the box \(0\.5, 0\.2, 0\.9, 0\.8\) of frame 3 for 'late'"):
        tracked(SamBackend(tiny_sam(sees_objects=False).eval()), [LATE_BOX])
