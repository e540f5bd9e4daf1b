"""A backend by its name, from files on disk."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import torch

from ..core.errors import MaskVideoError
from .extract import Backend
from .model_files import check_model_file

BACKENDS = ("flow", "sam2", "sam")
WANTED_FILES = {"sam2": "sam2.1_hiera_small.pt", "sam": "sam_vit_b_01ec64.pth"}
"""An example of what each needs; Meta publishes them in the repositories of sam2 and segment-anything."""


def load_backend(
    name: str, model: str | Path | None = None, device: str | torch.device = "cpu", image_size_px: int = 1024
) -> Backend:
    """The backend, ready to track.

    name: one of BACKENDS; "flow" needs no weights. model: checkpoint of the others, never downloaded. device: where it
    computes; flow has its own way on the CPU. image_size_px: of sam2 alone, as `load_sam2` says.
    Raises MaskVideoError for an unknown name, a package or checkpoint that is missing, and as the loaders do.
    """
    check_backend(name, model)
    if name == "flow":
        from .flow_tracker import FlowBackend

        return FlowBackend()
    if name == "sam2":
        from .sam2_backend import Sam2Backend
        from .sam2_model import load_sam2

        return Sam2Backend(load_sam2(model, image_size_px), device)
    from .sam_backend import SamBackend
    from .sam_model import load_sam

    return SamBackend(load_sam(model), device)


def check_backend(name: str, model: str | Path | None = None) -> None:
    """Raise MaskVideoError for an unknown name, and for a package or checkpoint that is missing; loads nothing."""
    if name not in BACKENDS:
        raise MaskVideoError(f"backend {name!r} is unknown: use one of {', '.join(BACKENDS)}")
    if name == "flow":
        return
    import_module(f".{name}_model", __package__).check_installed()
    if model is None:
        raise MaskVideoError(
            f"backend {name} needs a checkpoint, such as {WANTED_FILES[name]}: download one and give its path, or use "
            "the flow backend, which needs none"
        )
    check_model_file(model)
