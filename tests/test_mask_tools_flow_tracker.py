"""Objects are followed both ways from their prompts, put right by later ones, and never share a pixel."""

import cv2
import numpy as np
import pytest
from maskvideo.evaluation.mask_iou import iou
from maskvideo.mask_tools.extract import extract_tracks
from maskvideo.mask_tools.flow_tracker import FlowBackend, compete
from maskvideo.mask_tools.frame_source import open_frames
from maskvideo.mask_tools.prompts import ObjectPrompt

from .flow_base import disk_clip


def follow(frames, *prompts, on_frame=None, **options):
    return extract_tracks(open_frames(frames), prompts, FlowBackend(**options), on_frame)


def ious(track, masks):
    return [iou(mask, truth) for mask, truth in zip(track.masks, masks, strict=True)]


def test_a_disk_is_followed_through_the_clip_while_the_camera_pans():
    frames, masks = disk_clip(10)
    track = follow(frames, ObjectPrompt("disk", mask=masks[0])).objects[0]
    assert min(ious(track, masks)) > 0.9 and np.array_equal(track.masks[0], masks[0])


def test_an_object_prompted_in_the_middle_is_followed_to_both_ends():
    frames, masks = disk_clip(9)
    track = follow(frames, ObjectPrompt("disk", frame=4, mask=masks[4])).objects[0]
    assert min(ious(track, masks)) > 0.9


def test_what_hides_the_middle_of_an_object_for_some_frames_does_not_cut_it_in_two_for_good():
    frames, masks = disk_clip(12, hidden=(4, 5, 6))
    track = follow(frames, ObjectPrompt("disk", mask=masks[0])).objects[0]
    assert ious(track, masks)[-1] > 0.9


def test_an_object_of_the_walls_own_colour_is_followed_by_its_motion():
    frames, masks = disk_clip(8, colour=(12, 12, 12), speed=4, pan=-1)
    track = follow(frames, ObjectPrompt("disk", mask=masks[0])).objects[0]
    assert min(ious(track, masks)) > 0.8


def test_objects_prompted_on_different_frames_do_not_overlap():
    frames, masks = disk_clip(8, pan=0)
    left = np.zeros_like(masks[3])
    left[30:60, 4:14] = True
    tracks = follow(frames, ObjectPrompt("disk", mask=masks[0]), ObjectPrompt("wall", frame=3, mask=left & ~masks[3]))
    disk, patch = (track.masks for track in tracks.objects)
    assert disk.any((1, 2)).all() and patch.any((1, 2)).all() and not (disk & patch)[4:].any()


def test_a_later_mask_puts_the_object_right_from_there_on():
    frames, masks = disk_clip(8)
    wrong = np.roll(masks[0], -20, axis=0)
    track = follow(frames, ObjectPrompt("disk", mask=wrong), ObjectPrompt("disk", frame=4, mask=masks[4])).objects[0]
    scores = ious(track, masks)
    assert max(scores[:4]) < 0.6 and min(scores[4:]) > 0.9


def test_a_box_and_a_point_find_the_disk():
    frames, masks = disk_clip(4)
    for prompt in (ObjectPrompt("a", box=(0.1, 0.25, 0.45, 0.75)), ObjectPrompt("a", points=((35 / 128, 0.5, 1),))):
        assert min(ious(follow(frames, prompt).objects[0], masks)) > 0.8


def test_masks_come_back_at_the_clips_size_whatever_the_working_size():
    frames, masks = disk_clip(4)
    track = follow(frames, ObjectPrompt("disk", mask=masks[0]), working_side_px=48).objects[0]
    assert track.masks.shape == masks.shape and min(ious(track, masks)) > 0.8


def test_a_4k_clip_gives_masks_of_its_size():
    small, _ = disk_clip(2)
    frames = np.stack([cv2.resize(frame, (3840, 2160), interpolation=cv2.INTER_CUBIC) for frame in small])
    track = follow(frames, ObjectPrompt("disk", box=(0.13, 0.31, 0.42, 0.69))).objects[0]
    assert track.masks.shape == (2, 2160, 3840) and 0.05 < track.masks.mean() < 0.12


def test_one_frame_is_a_clip():
    frames, masks = disk_clip(1)
    assert ious(follow(frames, ObjectPrompt("disk", mask=masks[0])).objects[0], masks) == [1.0]


def test_progress_counts_every_frame_once_in_each_direction_and_an_error_stops_the_work():
    frames, masks = disk_clip(6)
    seen = []
    follow(
        frames, ObjectPrompt("disk", frame=2, mask=masks[2]), on_frame=lambda done, total: seen.append((done, total))
    )
    assert seen[0] == (0, 6) and seen[-1] == (6, 6) and sorted(seen) == seen

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(frames, ObjectPrompt("disk", mask=masks[0]), on_frame=stop)


def test_the_same_clip_gives_the_same_masks():
    frames, masks = disk_clip(5)
    first, second = (follow(frames, ObjectPrompt("disk", mask=masks[0])).objects[0].masks for _ in range(2))
    assert np.array_equal(first, second)


def test_one_object_competes_by_the_sigmoid_and_several_by_the_softmax():
    odds = np.array([[-2.0, 0.0, 3.0]])
    assert np.allclose(compete([odds])[0], 1 / (1 + np.exp(-odds)))
    both = compete([odds, odds + 1])
    assert (both.sum(axis=0) < 1).all() and (both[1] > both[0]).all()
