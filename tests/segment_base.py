"""Tiny segmentation models with random weights, saved the way their authors save them, and a clip to run them on."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from maskvideo.mask_tools.segmenter_install import SAM, SAM2

SIDE_PX = 64
"""Of the square that the tiny models look at."""
SIZE = (48, 64)

needs_sam2 = pytest.mark.skipif(
    find_spec("sam2") is None or find_spec("torchvision") is None,
    reason=f"needs sam2 and the torchvision of this torch: {SAM2}",
)
needs_sam = pytest.mark.skipif(
    find_spec("segment_anything") is None or find_spec("torchvision") is None,
    reason=f"needs segment-anything and the torchvision of this torch: {SAM}",
)

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "a", "red", "dog", "star", "rider", "horse")


def moving_disc(count=6, size=SIZE):
    """A bright disc that crosses a dark noisy picture: uint8 [T, H, W, 3]."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    noise = np.random.default_rng(0).integers(0, 60, (count, *size, 3), dtype=np.uint8)
    for index, frame in enumerate(noise):
        centre = 16 + 30 * index / max(count - 1, 1)
        frame[(rows - 24) ** 2 + (columns - centre) ** 2 < 100] = (240, 200, 40)
    return noise


def save_sam2(path, sees_objects=True, config="configs/sam2.1/sam2.1_hiera_t.yaml"):
    """Random weights of SAM 2.1's smallest size in Meta's layout; they see an object everywhere, or nowhere."""
    from maskvideo.mask_tools.sam2_model import build_predictor

    torch.manual_seed(0)
    predictor = build_predictor(config, SIDE_PX)
    torch.nn.init.constant_(predictor.sam_mask_decoder.pred_obj_score_head.layers[-1].bias, 10 if sees_objects else -10)
    torch.save({"model": predictor.state_dict()}, path)
    return path


def tiny_sam(sees_objects=True):
    """A SAM of two blocks, the second one global, with random weights, so large that prompts make a difference."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(0)
    width, grid = 32, SIDE_PX // 8
    encoder = ImageEncoderViT(
        SIDE_PX, 8, 3, width, 2, 2, 2.0, width, True, partial(torch.nn.LayerNorm, eps=1e-6),
        use_rel_pos=True, window_size=3, global_attn_indexes=(1,),
    )  # fmt: skip
    decoder = MaskDecoder(
        transformer_dim=width, transformer=TwoWayTransformer(1, width, 8, 48), iou_head_depth=3, iou_head_hidden_dim=24
    )
    with torch.no_grad():
        for weight in decoder.parameters():
            weight *= 3 if weight.ndim > 1 else 1
    if not sees_objects:
        for head in decoder.output_hypernetworks_mlps:
            torch.nn.init.zeros_(head.layers[-1].weight)
            torch.nn.init.zeros_(head.layers[-1].bias)
    return Sam(encoder, PromptEncoder(width, (grid, grid), (SIDE_PX, SIDE_PX), 8), decoder)


def save_sam(path, sees_objects=True):
    torch.save(tiny_sam(sees_objects).state_dict(), path)
    return path


def save_grounding_dino(folder):
    """A Grounding DINO of a few thousand weights with a vocabulary of WORDS, as transformers saves it."""
    from transformers import (
        BertConfig,
        BertTokenizerFast,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        GroundingDinoImageProcessor,
        GroundingDinoProcessor,
        SwinConfig,
    )

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    swin = SwinConfig(
        image_size=64, embed_dim=16, depths=[1] * 4, num_heads=[1, 1, 2, 2], window_size=4, out_indices=[2, 3, 4]
    )
    bert = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64,
    )  # fmt: skip
    config = GroundingDinoConfig(
        backbone_config=swin.to_dict(), text_config=bert.to_dict(), d_model=32, num_queries=8, max_text_len=32,
        encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_layers=2, decoder_attention_heads=2, decoder_ffn_dim=32,
    )  # fmt: skip
    torch.manual_seed(0)
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    processor = GroundingDinoImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    GroundingDinoProcessor(processor, BertTokenizerFast(str(folder / "vocab.txt"))).save_pretrained(folder)
    return folder
