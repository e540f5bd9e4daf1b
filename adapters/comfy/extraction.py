"""Pointing at objects in a clip of the host, and following them, with the models in the host's folders."""

from __future__ import annotations

import comfy.model_management
import numpy as np
import torch
from torch import Tensor

from ...files.contact_sheet import contact_sheet
from ...mask_tools.backends import load_backend
from ...mask_tools.extract import extract_tracks, prepare_prompts
from ...mask_tools.frame_source import FrameSource
from ...mask_tools.overlay_tracks import draw_tracks
from ...mask_tools.prompt_json import parse_prompts
from ...mask_tools.prompts import ObjectPrompt, merge_prompts
from ...mask_tools.select import evenly_spaced
from ...mask_tools.tracks import ONE_OBJECT, Tracks
from .layout import masks_to_core
from .model_folders import segmenter_path, text_model_path
from .tracks import frame_progress

SHEET_FRAMES = 12
OVERLAY_OPACITY = 0.45
ROOM_BYTES = 3 * 2**30
"""What the largest segmenter takes while it works. It is no model of the host's, so it has to ask for the room."""


def extract_objects(
    frames: FrameSource, prompts: tuple[ObjectPrompt, ...], backend: str, model: str, image_size_px: int
) -> Tracks:
    """``extract_tracks`` with a backend from the host's folders, on the host's device, with its progress bar.

    model: a name of ``list_segmenters``. Everything that can be wrong with the prompts is said before a model loads.
    Raises ``MaskVideoError`` as ``extract_tracks`` and ``load_backend`` do.
    """
    prompts = prepare_prompts(frames, prompts)
    checkpoint = segmenter_path(model, backend)
    device = device_with_room() if checkpoint else "cpu"
    tracker = load_backend(backend, checkpoint, device, image_size_px)
    return extract_tracks(frames, prompts, tracker, frame_progress())


def given_prompts(
    frames: FrameSource, points: str, not_points: str, boxes: str, mask: Tensor | None, frame: int
) -> tuple[ObjectPrompt, ...]:
    """What points at objects: JSON as in ``mask_tools/prompt_json``, and a MASK, whose first shows one on ``frame``."""
    prompts = [*parse_prompts(points, boxes, frames.size, not_points)]
    if mask is not None:
        prompts.append(ObjectPrompt(ONE_OBJECT, frame, mask=masks_to_core(mask)[0, 0, 0].numpy() > 0.5))
    return merge_prompts(prompts)


def text_prompts(
    frames: FrameSource, text: str, model: str, threshold: float, choice: str, frame: int
) -> tuple[ObjectPrompt, ...]:
    """Boxes of what ``text`` names on ``frame``, by the Grounding DINO model of that name; none for no text."""
    from ...mask_tools.text_boxes import TextBoxes

    if not text.strip():
        return ()
    finder = TextBoxes(text_model_path(model), device_with_room())
    return finder.prompts(frames, text, threshold, choice, frame)


def overlay_sheet(frames: FrameSource, tracks: Tracks) -> np.ndarray:
    """Some frames, evenly spaced and numbered, with the objects in their colours: uint8 RGB ``[H, W, 3]``."""
    shown = evenly_spaced(tracks.count, min(tracks.count, SHEET_FRAMES))
    drawn = [
        draw_tracks(frames.frame(index), tracks.batch([index])[0], tracks.colours, OVERLAY_OPACITY) for index in shown
    ]
    return contact_sheet(drawn, numbers=shown)


def device_with_room() -> torch.device:
    """The host's device, after it put away as many of its models as a segmenter needs."""
    device = comfy.model_management.get_torch_device()
    comfy.model_management.free_memory(ROOM_BYTES, device)
    return device
