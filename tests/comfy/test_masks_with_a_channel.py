"""MASK ``[T, 1, H, W]``, as the host's own nodes take it, is taken by a node of every kind."""

import pytest
import torch

from .training_nodes import batch, default_of

PICTURES = batch()["image"]
MASK = batch()["mask"]


def run(node, **inputs):
    """A node's first output with the schema's defaults for what is not given."""
    inputs_of = node.define_schema().inputs
    given = {one.id: default_of(one) for one in inputs_of if hasattr(one, "default") and not one.optional}
    return node.execute(**given | inputs).args[0]


CASES = {
    "MaskOverlay": ("masks", {"frames": PICTURES}, "mask"),
    "EvaluateVideo": ("evaluation", {"frames": PICTURES}, "mask"),
    "CheckMaskSequence": ("evaluation", {"clip": PICTURES}, "sequence"),
    "TransformMaskSequence": ("mask_editing", {}, "sequence"),
    "FitMaskSequence": ("mask_editing", {"frames": 5, "width": 64, "height": 32}, "sequence"),
    "CombineMaskSequences": ("mask_editing", {"second": MASK.flip(-1)}, "first"),
    "MotionDataset": ("training", {"image": PICTURES, "motion_prompt": "it moves", "width": 96, "height": 64}, "mask"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_channel_changes_nothing(host, name):
    from importlib import import_module

    from maskvideo.adapters.comfy.model_folders import register_model_folders

    register_model_folders()  # as the host does when it loads the pack
    module, inputs, takes = CASES[name]
    node = getattr(import_module(f"maskvideo.nodes.{module}"), name)
    plain, channel = (run(node, **inputs, **{takes: mask}) for mask in (MASK, MASK[:, None]))
    if name == "MotionDataset":
        plain, channel = plain.clips[0].masks, channel.clips[0].masks
    same = torch.equal(plain, channel) if isinstance(plain, torch.Tensor) else plain == channel
    assert same
