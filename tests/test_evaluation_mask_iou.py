import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.evaluation.mask_iou import iou, mask_iou_per_frame, mask_miou, mean_after_first
from maskvideo.mask_tools.draw import Keyframe, Trajectory, draw_masks

RED, BLUE = torch.tensor([0.84, 0.16, 0.16]), torch.tensor([0.18, 0.31, 0.78])


def travel(frames=4, size=(80, 128)):
    return draw_masks(Trajectory("star", (Keyframe(0, 0.3, 0.5, 0.3), Keyframe(1, 0.7, 0.5, 0.3, 40))), frames, size)


def paint(masks, front=RED, back=BLUE):
    noise = 0.02 * torch.randn(1, 3, *masks.shape[2:], generator=torch.Generator().manual_seed(0))
    front, back = front.view(1, 3, 1, 1, 1), back.view(1, 3, 1, 1, 1)
    return (masks * front + (1 - masks) * back + noise).clamp(0, 1)


def test_a_video_that_follows_its_masks_scores_nearly_one():
    masks = travel()
    assert min(mask_iou_per_frame(paint(masks), masks)) > 0.98
    assert mask_miou(paint(masks), masks) > 0.98


def test_a_displaced_object_scores_its_true_overlap():
    masks = travel()
    displaced = masks.roll(7, dims=-1)
    displaced[:, :, 0] = masks[:, :, 0]
    expected = [iou(a.numpy() > 0, b.numpy() > 0) for a, b in zip(displaced[0, 0], masks[0, 0], strict=True)]
    assert expected[1] < 0.7
    assert mask_iou_per_frame(paint(displaced), masks) == pytest.approx(expected, abs=0.03)


def test_an_object_somewhere_else_scores_zero():
    masks = travel()
    elsewhere = masks.roll(30, dims=-2).roll(50, dims=-1)
    elsewhere[:, :, 0] = masks[:, :, 0]
    assert max(mask_iou_per_frame(paint(elsewhere), masks)[1:]) < 0.1


def test_a_missing_object_scores_zero_in_the_frames_where_it_is_missing():
    masks = travel()
    painted = masks.clone()
    painted[:, :, 2] = 0
    scores = mask_iou_per_frame(paint(painted), masks)
    assert scores[2] < 0.1 and min(scores[0], scores[1], scores[3]) > 0.98


def test_the_object_left_standing_where_it_was_in_frame_0_scores_no_more_than_the_masks_overlap():
    masks = travel()
    frozen = masks[:, :, :1].expand_as(masks)
    expected = iou(masks[0, 0, 0].numpy() > 0, masks[0, 0, 3].numpy() > 0)
    assert mask_iou_per_frame(paint(frozen), masks)[3] == pytest.approx(expected, abs=0.03)


def test_a_hue_that_drifts_does_not_lower_the_score_of_a_well_placed_object():
    masks = travel()
    drifted = torch.stack(
        [paint(masks, torch.tensor([0.84 - 0.2 * t, 0.16 + 0.2 * t, 0.16]))[:, :, t] for t in range(4)]
    )
    assert min(mask_iou_per_frame(drifted.permute(1, 2, 0, 3, 4), masks)) > 0.97


def test_a_mask_that_vanishes_agrees_with_a_frame_without_the_object_only():
    masks = travel()
    masks[:, :, 3] = 0
    assert mask_iou_per_frame(paint(masks), masks)[3] == 1.0
    assert mask_iou_per_frame(paint(travel()), masks)[3] == 0.0


def test_the_mean_leaves_frame_0_out():
    assert mean_after_first([0.0, 0.5, 1.0]) == 0.75
    assert mean_after_first([0.4]) == 0.4


def test_shapes_that_do_not_belong_together_are_named():
    masks = travel()
    with pytest.raises(MaskVideoError, match="video is 3 frames of 128x80, the masks are 4 frames of 128x80"):
        mask_iou_per_frame(paint(masks)[:, :, :3], masks)
    with pytest.raises(MaskVideoError, match="one video is evaluated at a time"):
        mask_iou_per_frame(paint(masks).expand(2, -1, -1, -1, -1), masks)


@pytest.mark.parametrize("fill, word", [(0.0, "black"), (1.0, "white")])
def test_a_mask_0_without_object_or_background_is_refused(fill, word):
    masks = travel()
    masks[:, :, 0] = fill
    with pytest.raises(MaskVideoError, match=f"mask 0 is all {word}"):
        mask_miou(paint(masks), masks)
