import numpy as np
import pytest
import torch
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.video import write_video
from maskvideo.mask_tools.read import read_mask, read_masks
from PIL import Image

HALF = np.zeros((6, 8), bool)
HALF[:, 4:] = True


def save_palette(path):
    image = Image.fromarray(HALF.astype(np.uint8) * 3, mode=None).convert("P")
    image.putdata((HALF * 3).flatten().tolist())
    image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 64])
    image.save(path)


def save_transparent(path):
    pixels = np.full((6, 8, 4), 255, np.uint8)
    pixels[..., 3] = HALF * 255
    Image.fromarray(pixels).save(path)


SAVERS = {
    "8 bit": lambda path: Image.fromarray(HALF.astype(np.uint8) * 255).save(path),
    "1 bit": lambda path: Image.fromarray(HALF).save(path),
    "16 bit": lambda path: Image.fromarray(HALF.astype(np.uint16) * 60000).save(path),
    "16 bit, dark grey ground": lambda path: Image.fromarray(HALF.astype(np.uint16) * 60000 + 900).save(path),
    "labels": lambda path: Image.fromarray(HALF.astype(np.uint8)).save(path),
    "RGB": lambda path: Image.fromarray(np.stack([HALF * 255, HALF * 0, HALF * 0], -1).astype(np.uint8)).save(path),
    "palette": save_palette,
    "transparent": save_transparent,
}


@pytest.mark.parametrize("kind", SAVERS)
def test_any_kind_of_png_gives_the_same_mask(tmp_path, kind):
    SAVERS[kind](tmp_path / "mask.png")
    assert np.array_equal(read_mask(tmp_path / "mask.png"), HALF)


def test_a_soft_mask_is_cut_at_half(tmp_path):
    Image.fromarray(np.array([[0, 100, 127, 128, 255]], np.uint8)).save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").tolist() == [[False, False, False, True, True]]


def test_a_black_jpeg_with_noise_stays_black(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 9, (16, 16), dtype=np.uint8)).save(tmp_path / "mask.jpg")
    assert not read_mask(tmp_path / "mask.jpg").any()


def numbered_folder(folder, count):
    """Mask i has i + 1 bright pixels; the names need natural order."""
    for index in range(count):
        mask = np.zeros((4, 16), np.uint8)
        mask.flat[: index + 1] = 255
        Image.fromarray(mask).save(folder / f"m{index}.png")
    (folder / "notes.txt").write_text("not a mask")
    (folder / "._m0.png").write_bytes(b"left by a file manager")


def test_a_folder_is_read_in_natural_order(tmp_path):
    numbered_folder(tmp_path, 12)
    masks = read_masks(tmp_path)
    assert masks.shape == (1, 1, 12, 4, 16) and masks.dtype == torch.float32
    assert masks.sum((-1, -2)).flatten().tolist() == list(range(1, 13))


def test_frames_picks_evenly_spaced_masks_and_keeps_a_short_sequence(tmp_path):
    numbered_folder(tmp_path, 9)
    assert read_masks(tmp_path, frames=3).sum((-1, -2)).flatten().tolist() == [1, 5, 9]
    assert read_masks(tmp_path, frames=16).shape[2] == 9


def test_a_single_image_is_a_sequence_of_one(tmp_path):
    SAVERS["8 bit"](tmp_path / "mask.png")
    assert read_masks(tmp_path / "mask.png").shape == (1, 1, 1, 6, 8)


def test_a_video_is_read_as_masks(tmp_path):
    frames = np.zeros((4, 32, 32, 3), np.uint8)
    for t in range(4):
        frames[t, 8:24, 4 + 4 * t : 16 + 4 * t] = 255
    write_video(tmp_path / "masks.mp4", frames)
    masks = read_masks(tmp_path / "masks.mp4", frames=2)
    assert torch.equal(masks[0, 0], torch.from_numpy(frames[[0, 3], ..., 0] > 0).float())


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"no masks found in .*: it needs images"):
        read_masks(tmp_path)


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(MaskVideoError, match=r"there are no masks at .*nowhere"):
        read_masks(tmp_path / "nowhere")


def test_masks_of_differing_sizes_are_named(tmp_path):
    Image.new("L", (8, 6)).save(tmp_path / "a.png")
    Image.new("L", (9, 6)).save(tmp_path / "b.png")
    with pytest.raises(MaskVideoError, match=r"a\.png is 8x6, b\.png is 9x6: make all 8x6"):
        read_masks(tmp_path)


def test_a_broken_image_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n not really")
    with pytest.raises(MaskVideoError, match=r"a\.png is not a readable image"):
        read_masks(tmp_path)
