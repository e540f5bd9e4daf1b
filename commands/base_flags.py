"""The base that a command generates with or trains on, from its flags: a checkpoint, its VAE, LoRAs merged into it."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError

if TYPE_CHECKING:
    from ..adapters.diffusers.video_unet import DiffusersVideoModel

BASE_FLAGS = ("checkpoint", "vae", "lora")


def add_base_flags(parser) -> None:
    """``--checkpoint``, ``--vae`` and ``--lora``."""
    parser.add_argument(
        "--checkpoint",
        metavar="FILE|DIR",
        help="an SD1.x .safetensors file, or a folder in diffusers' format, as the base; without it the bundled demo "
        "model",
    )
    parser.add_argument("--vae", metavar="FILE", help="another VAE for --checkpoint: .safetensors, or a folder of it")
    parser.add_argument(
        "--lora",
        action="append",
        metavar="FILE[:STRENGTH]",
        help="a LoRA merged into the base, as the host's Load LoRA does (strength 1); repeatable",
    )


def check_base_flags(args: argparse.Namespace) -> None:
    """Raises ``MaskVideoError`` for a strength that is none and for files that are not there, before any work."""
    from ..files.weights import weights_file

    if args.vae is not None and not args.checkpoint:
        raise MaskVideoError("--vae needs the checkpoint it is for: add --checkpoint FILE, or leave --vae out")
    for path in filter(None, (args.vae, *(path for path, _ in read_loras(args)))):
        weights_file(path)


def read_loras(args: argparse.Namespace) -> list[tuple[str, float]]:
    """Each ``--lora`` as file and strength, in order."""
    return [parse_lora(text) for text in args.lora or ()]


def parse_lora(text: str) -> tuple[str, float]:
    """``FILE`` or ``FILE:STRENGTH``; what follows the last colon is a strength only where it is a number.

    So a path may hold colons, as Windows' do. Raises ``MaskVideoError`` for a strength that is not finite.
    """
    path, _, end = text.rpartition(":")
    try:
        strength = float(end)
    except ValueError:
        return text, 1.0
    if not path:
        return text, 1.0
    if not math.isfinite(strength):
        raise MaskVideoError(f"--lora {text}: strength {end} is not finite, give a number such as {path}:0.8")
    return path, strength


def load_base(args: argparse.Namespace) -> DiffusersVideoModel:
    """The checkpoint with its VAE and LoRAs, float32, on the CPU.

    Raises ``MaskVideoError`` for a file that is missing, truncated, of another kind or of another base.
    """
    from ..adapters.diffusers.checkpoint import load_checkpoint

    return merge_loras(load_checkpoint(args.checkpoint, vae=args.vae), args)


def merge_loras(model: DiffusersVideoModel, args: argparse.Namespace) -> DiffusersVideoModel:
    """``model`` with each ``--lora`` merged into it; says what of a file it has no layer for."""
    from ..adapters.diffusers.base_lora import merge_lora

    for path, strength in read_loras(args):
        if left_out := merge_lora(model, path, strength):
            parts = f"{len(left_out)} parts" if len(left_out) > 1 else "a part"
            print(f"warning: {path} has {parts} for which this base has no layer, such as {left_out[0]}: left out")
    return model
