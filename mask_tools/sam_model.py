"""A segment-anything checkpoint to the package's model; its architecture is read off the weights' shapes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..core.errors import MaskVideoError
from .model_files import read_model_file
from .segmenter_install import SAM

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

PIXEL_MEAN, PIXEL_STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""Of the RGB values 0..255 that the model was trained on; checkpoints do not hold them."""
DECODER_HEADS, MULTIMASKS = 8, 3
"""Equal in all published sizes, and not to be seen in the weights' shapes."""
Shapes = Mapping[str, torch.Size]


def load_sam(path: str | Path) -> Sam:
    """The model of a checkpoint such as sam_vit_b_01ec64.pth (read weights-only) or .safetensors, on the CPU.

    Raises MaskVideoError where the package is not installed, and for a file that is no whole SAM checkpoint.
    """
    check_installed()
    weights, name = read_model_file(path), Path(path).name
    try:
        model = build_sam({key: value.shape for key, value in weights.items()})
        model.load_state_dict(weights)
    except (KeyError, RuntimeError, ZeroDivisionError) as error:
        raise MaskVideoError(
            f"{name} is no whole SAM checkpoint ({str(error).strip().splitlines()[-1].strip()}): give one such as "
            "sam_vit_b_01ec64.pth; a SAM 2 checkpoint belongs to the sam2 backend"
        ) from error
    return model.eval()


def check_installed() -> None:
    """Raise MaskVideoError with the command that installs what is missing."""
    if find_spec("segment_anything") is None:
        raise MaskVideoError(f"segment-anything is not installed: {SAM}")
    if find_spec("torchvision") is None:
        raise MaskVideoError(
            f"torchvision is not installed, segment-anything needs it: install the one that belongs to torch "
            f"{torch.__version__}, from where that torch came from"
        )


def build_sam(shapes: Shapes) -> Sam:
    """The model whose weights have these shapes, with random weights: ViT-B, L, H or one of another size.

    Raises KeyError where a weight is missing that every SAM has.
    """
    from segment_anything.modeling import MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    encoder = _encoder_settings(shapes)
    channels, grid, side_px = encoder["out_chans"], shapes["image_encoder.pos_embed"][1], encoder["img_size"]
    transformer = TwoWayTransformer(
        depth=_count(shapes, "mask_decoder.transformer.layers.{}.norm1.weight"),
        embedding_dim=channels,
        mlp_dim=shapes["mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
        num_heads=DECODER_HEADS,
    )
    return Sam(
        image_encoder=_build_encoder(encoder),
        prompt_encoder=PromptEncoder(
            embed_dim=channels,
            image_embedding_size=(grid, grid),
            input_image_size=(side_px, side_px),
            mask_in_chans=shapes["prompt_encoder.mask_downscaling.3.weight"][0],
        ),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=MULTIMASKS,
            transformer=transformer,
            transformer_dim=channels,
            iou_head_depth=_count(shapes, "mask_decoder.iou_prediction_head.layers.{}.weight"),
            iou_head_hidden_dim=shapes["mask_decoder.iou_prediction_head.layers.0.weight"][0],
        ),
        pixel_mean=list(PIXEL_MEAN),
        pixel_std=list(PIXEL_STD),
    )


def _encoder_settings(shapes: Shapes) -> dict[str, Any]:
    """Arguments of the image encoder. A block's relative positions tell its heads' width and the span it looks over."""
    width, _, _, patch_px = shapes["image_encoder.patch_embed.proj.weight"]
    grid = shapes["image_encoder.pos_embed"][1]
    depth = _count(shapes, "image_encoder.blocks.{}.norm1.weight")
    relative = [shapes[f"image_encoder.blocks.{index}.attn.rel_pos_h"] for index in range(depth)]
    spans = [(positions + 1) // 2 for positions, _ in relative]
    return {
        "img_size": grid * patch_px,
        "patch_size": patch_px,
        "embed_dim": width,
        "depth": depth,
        "num_heads": width // relative[0][1],
        "mlp_ratio": shapes["image_encoder.blocks.0.mlp.lin1.weight"][0] / width,
        "out_chans": shapes["image_encoder.neck.0.weight"][0],
        "global_attn_indexes": [index for index, span in enumerate(spans) if span == grid],
        "window_size": min((span for span in spans if span < grid), default=0),
    }


def _build_encoder(settings: Mapping[str, Any]) -> torch.nn.Module:
    from segment_anything.modeling import ImageEncoderViT

    return ImageEncoderViT(
        qkv_bias=True, use_rel_pos=True, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), **settings
    )


def _count(shapes: Shapes, pattern: str) -> int:
    count = 0
    while pattern.format(count) in shapes:
        count += 1
    if not count:
        raise KeyError(pattern.format(0))
    return count
