import torch
from maskvideo.mask_tools.draw import Keyframe, Trajectory, draw_masks
from maskvideo.mask_tools.read import read_masks
from maskvideo.mask_tools.write import write_masks


def travel(frames=12):
    return draw_masks(
        Trajectory("star", (Keyframe(0, 0.3, 0.5, 0.3), Keyframe(1, 0.7, 0.5, 0.3, 40))), frames, (48, 64)
    )


def test_a_folder_of_pngs_reads_back_exactly(tmp_path):
    write_masks(tmp_path / "new" / "masks", travel())
    assert torch.equal(read_masks(tmp_path / "new" / "masks"), travel())


def test_a_video_reads_back_nearly(tmp_path):
    write_masks(tmp_path / "masks.mp4", travel())
    assert float((read_masks(tmp_path / "masks.mp4") - travel()).abs().mean()) < 0.01
