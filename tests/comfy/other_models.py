"""Small MODELs of other families, as the host builds them; copied among a server's custom nodes, a node that gives one
and a node that gives a VAE which fails.

It stands alone: a server loads it as a custom node of its own, the tests of this process import it.
"""

import copy

import comfy.model_patcher
import comfy.supported_models
import torch

UNET = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "model_channels": 32,
    "num_res_blocks": [1, 1],
    "channel_mult": [1, 2],
    "transformer_depth": [1, 1],
    "transformer_depth_output": [1, 1, 1, 1],
    "transformer_depth_middle": 1,
    "context_dim": 16,
    "num_heads": 2,
    "num_head_channels": -1,
    "use_spatial_transformer": True,
    "legacy": False,
    "adm_in_channels": None,
}
FAMILIES = {
    "SD15": UNET,
    "SDXL": {**UNET, "num_classes": "sequential", "adm_in_channels": 2816},
    "Flux": {"image_model": "flux", "disable_unet_model_creation": True},
    "WAN21_T2V": {"image_model": "wan2.1", "model_type": "t2v", "dim": 64, "disable_unet_model_creation": True},
}


def other_model(family, **changes):
    """A MODEL of random weights on the CPU; of a transformer, the classes around its layers alone."""
    config = getattr(comfy.supported_models, family)({**FAMILIES[family], **changes})
    config.set_inference_dtype(torch.float32, None)
    cpu = torch.device("cpu")
    return comfy.model_patcher.ModelPatcher(config.get_model({}, device=cpu), cpu, cpu)


class OtherModel:
    """The node: a family's name to a MODEL."""

    RETURN_TYPES = ("MODEL",)
    FUNCTION = "load"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802, the host's name
        return {"required": {"family": (list(FAMILIES),)}}

    def load(self, family):
        return (other_model(family),)


ERRORS = {"memory": torch.cuda.OutOfMemoryError("the device is full"), "other": ValueError("the disk burns")}


class FailingVAE:
    """The node: a VAE that encodes as the given one, and ends every decoding with an error."""

    RETURN_TYPES = ("VAE",)
    FUNCTION = "fail"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802, the host's name
        return {"required": {"vae": ("VAE",), "error": (list(ERRORS),)}}

    def fail(self, vae, error):
        def decode(_samples):
            raise ERRORS[error]

        failing = copy.copy(vae)
        failing.decode = decode
        return (failing,)


NODE_CLASS_MAPPINGS = {"OtherModel": OtherModel, "FailingVAE": FailingVAE}
