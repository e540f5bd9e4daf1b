"""A motion prompt that comes as the host's CONDITIONING, from any chain of text nodes."""

from __future__ import annotations

from torch import Tensor

from ...core.errors import MaskVideoError

CURE = "connect one CLIP Text Encode; a clip's own prompt is prompt.txt in its folder, or a Motion Dataset of its own"
LOCAL = {"area": "an area", "mask": "a mask", "start_percent": "a part of the steps", "control": "a ControlNet"}
"""What a CONDITIONING can carry besides the text, that training would leave out without a word."""


def motion_text(conditioning: list, context_width: int) -> Tensor:
    """The embedding ``[1, L, D]`` of a CONDITIONING, float32 on the CPU, as an ordinary tensor.

    Raises ``MaskVideoError`` for several prompts (a list, or a batch), for one of another text encoder, and for one
    that holds for a part of the picture or of the steps only.
    """
    if len(conditioning) != 1:
        raise MaskVideoError(f"conditioning holds {len(conditioning)} prompts, one is trained on: {CURE}")
    text, options = conditioning[0]
    if text.shape[0] != 1:
        raise MaskVideoError(f"conditioning is a batch of {text.shape[0]} prompts, one is trained on: {CURE}")
    if text.shape[-1] != context_width:
        raise MaskVideoError(
            f"conditioning has embeddings of {text.shape[-1]} values, the MODEL takes {context_width}: encode the "
            "prompt with the CLIP of the MODEL's checkpoint"
        )
    for key, name in LOCAL.items():
        if options.get(key) is not None:
            raise MaskVideoError(f"conditioning holds for {name}, training takes the text alone: {CURE}")
    return text.detach().cpu().float().clone()
