"""Attention processors: diffusers' own attention layers compute MaskVideo's two attentions.

Each processor belongs to one block and reads the state of the call from ``guide``, which the U-Net passes down in
``cross_attention_kwargs``. Projections go through ``MotionModule.project``, which adds the trained deltas.
"""

from __future__ import annotations

from diffusers.models.attention_processor import Attention
from torch import Tensor

from ...core.first_frame_attention import first_frame, first_frame_attention
from ...core.motion_module import MotionModule
from ...core.video_model import Guide


class FirstFrameProcessor:
    """Temporal-spatial self-attention (MaskVideo eq. 4, 5): queries of every frame, keys and values of frame 0.

    K and V are projected once and one attention call serves all frames. Where the motion module's config leaves
    first-frame attention out, each frame attends to itself.
    """

    def __init__(self, block: str, motion: MotionModule):
        self.block, self.motion = block, motion

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        *,
        guide: Guide,
    ) -> Tensor:
        """``hidden_states`` ``[B*T, N, C]`` to the same shape."""
        frames = guide.frames if self.motion.config.first_frame_attention else 1
        source = first_frame(hidden_states, frames)  # [B, N, C]
        query = self._project("to_q", attn.to_q, hidden_states)  # [B*T, N, C]
        key = self._project("to_k", attn.to_k, source)
        value = self._project("to_v", attn.to_v, source)
        attended = first_frame_attention(query, key, value, attn.heads, frames)
        return attn.to_out[1](self._project("to_out", attn.to_out[0], attended))

    def _project(self, target: str, base, x: Tensor) -> Tensor:
        return self.motion.project(self.block, f"attn1.{target}", base, x)


class MaskCrossProcessor:
    """Mask cross-attention (MaskVideo eq. 6, 7): the block's mask feature is added to the input of ``to_q``.

    ``QKᵀ + MKᵀ`` with ``M = W_Q m`` is ``(W_Q (v + m)) Kᵀ``, so one fused attention call computes both terms. The text
    ``[B, L, D]`` has no frame axis: its K and V serve all frames of a batch entry.
    """

    def __init__(self, block: str, motion: MotionModule):
        self.block, self.motion = block, motion

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        *,
        guide: Guide,
    ) -> Tensor:
        """``hidden_states`` ``[B*T, N, C]`` and text ``[B, L, D]`` to ``[B*T, N, C]``."""
        feature = self.motion.query_feature(self.block, guide)
        source = hidden_states if feature is None else hidden_states + feature
        query = self._project("to_q", attn.to_q, source)  # [B*T, N, C]
        key = self._project("to_k", attn.to_k, encoder_hidden_states)  # [B, L, C]
        value = self._project("to_v", attn.to_v, encoder_hidden_states)
        attended = first_frame_attention(query, key, value, attn.heads, guide.frames)
        return attn.to_out[1](self._project("to_out", attn.to_out[0], attended))

    def _project(self, target: str, base, x: Tensor) -> Tensor:
        return self.motion.project(self.block, f"attn2.{target}", base, x)
