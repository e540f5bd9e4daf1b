"""MaskVideo's two attentions as the host's attention patches.

A patch reads what it needs from the options of the call; without a ``Call`` there it returns what came. The host's
``extra_options`` say in which place of the U-Net a patch is called.
"""

from __future__ import annotations

from torch import Tensor

from ...core.errors import MaskVideoError
from ...core.first_frame_attention import first_frame, fold_queries, unfold_queries
from .run_state import KEY, Call

CURE = "take the other node off this MODEL, or put it after the MaskVideo node"


def attn1_patch(n: Tensor, context: Tensor, value: Tensor, extra_options: dict) -> tuple[Tensor, Tensor, Tensor]:
    """Temporal-spatial self-attention (MaskVideo eq. 4, 5): queries of every frame, keys and values of frame 0.

    ``n`` ``[B*T, N, C]``, context and value alike. Alone, it folds the queries to ``[B, T*N, C]``: K and V
    ``[B, N, C]`` are projected once and one attention serves all frames. Where another patch works on the same
    attention it repeats frame 0 instead, so that all shapes are the usual ones (the other may have tiled ``n``
    already: context tells B*T).
    """
    call = _call(extra_options)
    if call is None or not call.motion.config.first_frame_attention:
        return n, context, value
    frames = call.guide.frames
    if context.shape[0] != _batch(extra_options):
        raise MaskVideoError(
            f"another patch of self-attention made a batch of {context.shape[0]} from {_batch(extra_options)}: {CURE}"
        )
    if call.folds(_place(extra_options)):
        source = first_frame(n, frames)
        return fold_queries(n, frames), source, source
    repeated = _repeat_first(context, frames)
    return n, repeated, repeated if value is context else _repeat_first(value, frames)


def attn1_output_patch(n: Tensor, extra_options: dict) -> Tensor:
    """What ``attn1_patch`` folded, unfolded: ``[B, T*N, C]`` to ``[B*T, N, C]``."""
    call = _call(extra_options)
    if call is None or not call.motion.config.first_frame_attention or not call.folds(_place(extra_options)):
        return n
    return unfold_queries(n, call.guide.frames)


def attn2_patch(n: Tensor, context: Tensor, value: Tensor, extra_options: dict) -> tuple[Tensor, Tensor, Tensor]:
    """Mask cross-attention (MaskVideo eq. 6, 7): the block's gated mask feature is added to what ``to_q`` takes."""
    call = _call(extra_options)
    if call is None:
        return n, context, value
    feature = call.motion.query_feature(call.names[extra_options["block"]], call.guide)
    if feature is None:
        return n, context, value
    if feature.shape != n.shape:
        raise MaskVideoError(
            f"another patch of cross-attention made {list(n.shape)} from {list(feature.shape)}, so the masks do not "
            f"fit it: {CURE}"
        )
    return n + call.strength * feature.to(n), context, value


def _call(extra_options: dict) -> Call | None:
    call = extra_options.get(KEY)
    return call if isinstance(call, Call) else None


def _place(extra_options: dict) -> tuple:
    return (*extra_options["block"], extra_options["block_index"])


def _batch(extra_options: dict) -> int:
    return extra_options["activations_shape"][0]


def _repeat_first(tokens: Tensor, frames: int) -> Tensor:
    return first_frame(tokens, frames).repeat_interleave(frames, dim=0)
