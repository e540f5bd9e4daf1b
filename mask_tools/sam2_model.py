"""A sam2 checkpoint to the package's video predictor; the size is found by the weights, nobody has to say it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..core.errors import MaskVideoError
from .model_files import read_model_file
from .segmenter_install import SAM2

if TYPE_CHECKING:
    from sam2.sam2_video_predictor import SAM2VideoPredictor

WIDTH_KEY = "image_encoder.trunk.patch_embed.proj.weight"
BLOCK_KEY = "image_encoder.trunk.blocks.{}.norm1.weight"
NEWER_KEY = "no_obj_embed_spatial"
"""Only sam2.1 has it."""
SIZES = {(96, 12): "t", (96, 16): "s", (112, 24): "b+", (144, 48): "l"}
"""Hiera's width and number of blocks to the name of its config."""
TRAINED_PX = 1024
MULTIPLE_PX = 32
"""Strides of the image encoder, all in all."""


def load_sam2(path: str | Path, image_size_px: int = TRAINED_PX) -> SAM2VideoPredictor:
    """The predictor of a checkpoint (`.pt`, read weights-only, or `.safetensors`), on the CPU, in eval mode.

    image_size_px: side of the square that frames are scaled to; 1024 is what it was trained with, 512 takes about a
    quarter of the time and finds coarser outlines.
    Raises MaskVideoError where sam2 is not installed, and for a file that is no whole SAM 2 or 2.1 checkpoint.
    """
    check_installed()
    if image_size_px < MULTIPLE_PX or image_size_px % MULTIPLE_PX:
        nearest = max(MULTIPLE_PX, round(image_size_px / MULTIPLE_PX) * MULTIPLE_PX)
        raise MaskVideoError(f"image size is {image_size_px} px: it must be divisible by {MULTIPLE_PX}, use {nearest}")
    weights = read_model_file(path)
    predictor = build_predictor(find_config(weights, Path(path).name), image_size_px)
    _load(predictor, weights, Path(path).name)
    return predictor.eval()


def check_installed() -> None:
    """Raise MaskVideoError with the command that installs what is missing."""
    missing = [name for name in ("sam2", "torchvision") if find_spec(name) is None]
    if "torchvision" in missing:
        raise MaskVideoError(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not installed: install the torchvision "
            f"that belongs to torch {torch.__version__} first, from where that torch came from (another one would "
            f"replace torch), then {SAM2}"
        )
    if missing:
        raise MaskVideoError(f"sam2 is not installed: {SAM2} (seconds, needs no compiler, keeps your torch)")


def find_config(weights: Mapping[str, Tensor], file_name: str) -> str:
    """The package's config for weights of this shape, such as "configs/sam2.1/sam2.1_hiera_t.yaml"."""
    if WIDTH_KEY not in weights:
        raise MaskVideoError(
            f"{file_name} is no SAM 2 checkpoint in Meta's layout ({WIDTH_KEY} is missing): give one such as "
            "sam2.1_hiera_tiny.pt or its .safetensors form"
        )
    width = weights[WIDTH_KEY].shape[0]
    blocks = sum(BLOCK_KEY.format(index) in weights for index in range(64))
    size = SIZES.get((width, blocks))
    if size is None:
        raise MaskVideoError(
            f"{file_name} has an image encoder of width {width} with {blocks} blocks, the sizes of SAM 2 are "
            f"{', '.join(f'{w} with {b}' for w, b in SIZES)}: give a whole checkpoint of one of them"
        )
    version = "sam2.1" if NEWER_KEY in weights else "sam2"
    return f"configs/{version}/{version}_hiera_{size}.yaml"


def build_predictor(config: str, image_size_px: int = TRAINED_PX) -> SAM2VideoPredictor:
    """The video predictor of one of the package's configs, with random weights.

    The config is read as a file: the package's own builder composes it with hydra's one global state, which any other
    program in the process may have set up otherwise.
    """
    import sam2
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    settings = OmegaConf.load(Path(sam2.__path__[0], config)).model
    settings.update(_predictor_settings(), image_size=image_size_px)
    return instantiate(settings, _recursive_=True)


def _predictor_settings() -> dict:
    """What the package's builder adds for video, without the hole filling, which needs its CUDA extension.

    Every frame with a prompt conditions what follows, so that a correction counts as much as the first click.
    """
    return {
        "_target_": "sam2.sam2_video_predictor.SAM2VideoPredictor",
        "binarize_mask_from_pts_for_mem_enc": True,
        "add_all_frames_to_correct_as_cond": True,
        "fill_hole_area": 0,
        "sam_mask_decoder_extra_args": {
            "dynamic_multimask_via_stability": True,
            "dynamic_multimask_stability_delta": 0.05,
            "dynamic_multimask_stability_thresh": 0.98,
        },
    }


def _load(predictor: torch.nn.Module, weights: Mapping[str, Tensor], file_name: str) -> None:
    try:
        found = predictor.load_state_dict(dict(weights), strict=False)
    except RuntimeError as error:
        raise MaskVideoError(f"{file_name} does not fit SAM 2: {str(error).splitlines()[-1].strip()}") from error
    if found.missing_keys:
        raise MaskVideoError(
            f"{file_name} lacks {found.missing_keys[0]} and {len(found.missing_keys) - 1} more: give a whole checkpoint"
        )
