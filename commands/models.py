"""The models that a command generates with, from its flags."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError
from .base_flags import BASE_FLAGS, add_base_flags, check_base_flags, load_base, merge_loras
from .device import pick_device

if TYPE_CHECKING:
    from diffusers import ControlNetModel

    from ..adapters.diffusers.video_unet import DiffusersVideoModel
    from ..core.motion_format import MotionMetadata
    from ..files.motion_file import LoadedMotion

MODEL_FLAGS = (*BASE_FLAGS, "controlnet", "motion", "device", "precision")
PRECISIONS = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Models:
    """The base with ``motion`` set on it (None: the image model), and the ControlNet (None: the prompt alone)."""

    model: DiffusersVideoModel
    controlnet: ControlNetModel | None
    motion: LoadedMotion | None
    bundled: LoadedMotion | None = None
    """What ``--motion demo`` stands for."""

    @property
    def metadata(self) -> MotionMetadata | None:
        """How the motion was trained."""
        return self.motion.metadata if self.motion is not None else None


def add_model_flags(parser: argparse.ArgumentParser, several_motions: bool = False) -> None:
    """Which models; without any of these flags the bundled demo model. ``several_motions`` makes --motion a list."""
    group = parser.add_argument_group("models")
    add_base_flags(group)
    group.add_argument(
        "--controlnet", metavar="FILE", help="a scribble ControlNet of the base; none lets the prompt draw frame 0"
    )
    motion = "a file that maskvideo train wrote, demo (the bundled one) or none"
    if several_motions:
        motion += "; repeatable, the first is the full method's"
        group.add_argument("--motion", action="append", metavar="[NAME=]FILE", help=motion)
    else:
        group.add_argument("--motion", metavar="FILE", help=motion)
    add_device_flags(group)


def add_device_flags(parser) -> None:
    """Where and how precisely to compute."""
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps; auto takes the fastest there is")
    parser.add_argument(
        "--precision", default="float32", choices=PRECISIONS, help="float16 halves the memory on a GPU (float32)"
    )


def check_model_flags(args: argparse.Namespace, has_first_frame: bool) -> None:
    """Refuse flags that cannot work together and files that are not there, before anything is loaded."""
    check_base_flags(args)
    if not args.checkpoint:
        return
    if args.controlnet is None and not has_first_frame:
        raise MaskVideoError(
            "--checkpoint needs a ControlNet for the first frame: add --controlnet FILE, --first-frame IMAGE, "
            "or --controlnet none to let the prompt draw it"
        )
    if args.motion is None:
        raise MaskVideoError(
            "--checkpoint needs a motion of that base: add --motion FILE (maskvideo train makes one) or --motion none"
        )


def load_models(args: argparse.Namespace) -> Models:
    """Load what the base's flags, ``--controlnet`` and ``--motion`` name, onto ``--device`` in ``--precision``.

    Raises ``MaskVideoError`` for a file that is missing, truncated, of another kind or of another base.
    """
    device = pick_device(args.device)
    model, controlnet, bundled = _from_checkpoint(args) if args.checkpoint else _from_demo(args)
    import torch

    dtype = getattr(torch, args.precision)
    model.to(device, dtype)
    if controlnet is not None:
        # The library's own ``to`` warns of layers to be kept in float32 even where, as here, there are none.
        torch.nn.Module.to(controlnet, device, dtype)
    motion = load_motion_of(args.motion, model, bundled)
    model.set_motion(motion.module if motion is not None else None)
    return Models(model, controlnet, motion, bundled)


def load_motion_of(source: str | None, model: DiffusersVideoModel, bundled: LoadedMotion | None) -> LoadedMotion | None:
    """A motion file for ``model``, on its device; None for ``none``, and ``bundled`` for ``demo`` or no name."""
    if source == "none":
        return None
    if source in (None, "demo"):
        if bundled is None:
            raise MaskVideoError(
                "--motion demo belongs to the demo model: leave --checkpoint out, or give --motion FILE"
            )
        motion = bundled
    else:
        from ..files.motion_file import load_motion

        motion = load_motion(source, model.architecture)
    motion.module.to(model.device, model.dtype).eval()
    return motion


def _from_checkpoint(args: argparse.Namespace) -> tuple[DiffusersVideoModel, ControlNetModel | None, None]:
    from ..adapters.diffusers.checkpoint import load_controlnet

    model = load_base(args)
    given = args.controlnet not in (None, "none")
    return model, load_controlnet(args.controlnet) if given else None, None


def _from_demo(args: argparse.Namespace) -> tuple[DiffusersVideoModel, ControlNetModel | None, LoadedMotion]:
    if args.controlnet not in (None, "demo", "none"):
        raise MaskVideoError(
            f"ControlNet {args.controlnet} needs its base: add --checkpoint FILE, or leave --controlnet out"
        )
    model, controlnet, motion = load_demo()
    return merge_loras(model, args), None if args.controlnet == "none" else controlnet, motion


def load_demo() -> tuple[DiffusersVideoModel, ControlNetModel, LoadedMotion]:
    """The bundled demo model."""
    from ..adapters.diffusers.demo_model import load_demo_model

    demo = load_demo_model()
    return demo.model, demo.controlnet, demo.motion
