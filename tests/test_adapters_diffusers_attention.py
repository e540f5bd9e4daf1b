"""The processors against attention written out frame by frame in float64."""

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from maskvideo.adapters.diffusers.attention import FirstFrameProcessor, MaskCrossProcessor
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Architecture, AttentionBlock, BlockFeature, Guide

BLOCK = "down.0.0"
BATCH, FRAMES, TOKENS, WIDTH, TEXT_WIDTH, HEADS = 2, 3, 5, 8, 6, 2


def trained_motion(**config) -> MotionModule:
    """A motion module whose deltas are not zero, in float64."""
    torch.manual_seed(1)
    architecture = Architecture((AttentionBlock(BLOCK, WIDTH, HEADS, 0),), TEXT_WIDTH)
    motion = MotionModule(architecture, MotionConfig(rank=2, mask_width=8, **config)).double()
    for parameter in motion.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return motion


def attention(context: int | None = None) -> Attention:
    torch.manual_seed(2)
    return Attention(WIDTH, context, heads=HEADS, dim_head=WIDTH // HEADS).double().eval()


def weight(motion: MotionModule, layer: Attention, target: str) -> torch.Tensor:
    """The base's weight with the delta in it."""
    name = target.split(".")[1]
    base = layer.to_out[0] if name == "to_out" else getattr(layer, name)
    identity = torch.eye(base.in_features, dtype=torch.float64)
    bias = 0 if base.bias is None else base.bias
    return (motion.project(BLOCK, target, base, identity) - bias).T


def attend(query, key, value) -> torch.Tensor:
    """Softmax attention of one frame ``[N, C]``, head by head."""
    heads = []
    for q, k, v in zip(query.chunk(HEADS, -1), key.chunk(HEADS, -1), value.chunk(HEADS, -1), strict=True):
        heads.append(torch.softmax(q @ k.T / q.shape[-1] ** 0.5, -1) @ v)
    return torch.cat(heads, -1)


def by_frame(motion, layer, kind, queries, sources) -> torch.Tensor:
    w_q, w_k, w_v, w_out = (weight(motion, layer, f"{kind}.{part}") for part in ("to_q", "to_k", "to_v", "to_out"))
    rows = [attend(q @ w_q.T, s @ w_k.T, s @ w_v.T) @ w_out.T for q, s in zip(queries, sources, strict=True)]
    return torch.stack(rows) + layer.to_out[0].bias


def test_every_frame_asks_frame_zero_of_its_own_video():
    motion, layer = trained_motion(), attention()
    hidden = torch.randn(BATCH * FRAMES, TOKENS, WIDTH, dtype=torch.float64)
    sources = [hidden[i // FRAMES * FRAMES] for i in range(BATCH * FRAMES)]
    result = FirstFrameProcessor(BLOCK, motion)(layer, hidden, guide=Guide(FRAMES))
    torch.testing.assert_close(result, by_frame(motion, layer, "attn1", hidden, sources), rtol=1e-10, atol=1e-10)


def test_without_first_frame_attention_each_frame_asks_itself():
    motion, layer = trained_motion(first_frame_attention=False), attention()
    hidden = torch.randn(BATCH * FRAMES, TOKENS, WIDTH, dtype=torch.float64)
    result = FirstFrameProcessor(BLOCK, motion)(layer, hidden, guide=Guide(FRAMES))
    torch.testing.assert_close(result, by_frame(motion, layer, "attn1", hidden, hidden), rtol=1e-10, atol=1e-10)


def test_one_frame_with_untrained_deltas_is_the_plain_self_attention():
    motion, layer = trained_motion(projections="none"), attention()
    hidden = torch.randn(1, TOKENS, WIDTH, dtype=torch.float64)
    result = FirstFrameProcessor(BLOCK, motion)(layer, hidden, guide=Guide(1))
    assert torch.equal(result, AttnProcessor2_0()(layer, hidden))


def test_the_mask_term_is_added_to_the_attention_scores():
    """Eq. 6: softmax((Q Kᵀ + M Kᵀ)/√d) V with M = W_Q m, the gate on m."""
    motion, layer = trained_motion(), attention(TEXT_WIDTH)
    hidden = torch.randn(BATCH * FRAMES, TOKENS, WIDTH, dtype=torch.float64)
    text = torch.randn(BATCH, 4, TEXT_WIDTH, dtype=torch.float64)
    feature = torch.randn_like(hidden)
    gate = torch.tensor([0.0, 0.7], dtype=torch.float64)
    guide = Guide(FRAMES, {BLOCK: BlockFeature(feature, None)}, gate)
    result = MaskCrossProcessor(BLOCK, motion)(layer, hidden, text, guide=guide)
    masked = hidden + feature * gate.repeat_interleave(FRAMES)[:, None, None]
    expected = by_frame(motion, layer, "attn2", masked, text.repeat_interleave(FRAMES, 0))
    torch.testing.assert_close(result, expected, rtol=1e-10, atol=1e-10)


def test_keys_and_values_are_projected_once_for_all_frames():
    """Frame 0 alone for self-attention, the text of each batch entry alone for cross-attention."""
    motion = trained_motion(projections="none")
    hidden = torch.randn(BATCH * FRAMES, TOKENS, WIDTH, dtype=torch.float64)
    text = torch.randn(BATCH, 4, TEXT_WIDTH, dtype=torch.float64)
    rows = []
    for layer, processor, arguments in (
        (attention(), FirstFrameProcessor(BLOCK, motion), (hidden,)),
        (attention(TEXT_WIDTH), MaskCrossProcessor(BLOCK, motion), (hidden, text)),
    ):
        for projection in (layer.to_k, layer.to_v):
            projection.register_forward_pre_hook(lambda _, args: rows.append(args[0].shape[:-1].numel()))
        processor(layer, *arguments, guide=Guide(FRAMES))
    assert rows == [BATCH * TOKENS, BATCH * TOKENS, BATCH * 4, BATCH * 4]
