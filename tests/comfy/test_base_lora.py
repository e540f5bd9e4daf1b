"""A LoRA of the base makes one base of it, whether the host's Load LoRA or ``--lora`` puts it there."""

import pytest
import torch
from maskvideo.adapters.diffusers.base_lora import merge_lora
from maskvideo.adapters.diffusers.demo_model import load_demo_base
from maskvideo.training.base_fingerprint import base_fingerprint
from safetensors.torch import save_file

RANK, STRENGTH = 2, 0.7


@pytest.fixture(scope="module")
def base():
    return load_demo_base()[0]


def random_lora(base, alpha: bool) -> dict[str, torch.Tensor]:
    """Of every matrix and kernel of U-Net blocks and text encoder layers, as kohya's scripts write it."""
    torch.manual_seed(4)
    layers = {f"lora_unet_{key}": weight for key, weight in base.unet.state_dict().items() if "blocks" in key}
    text = {key.removeprefix("text_model."): weight for key, weight in base.text_encoder.state_dict().items()}
    layers |= {f"lora_te_text_model_{key}": weight for key, weight in text.items() if ".layers." in key}
    state = {}
    for key, weight in layers.items():
        if key.endswith(".weight") and weight.ndim > 1:
            name = key.removesuffix(".weight").replace(".", "_")
            up = [weight.shape[0], RANK] + [1] * (weight.ndim - 2)
            state[f"{name}.lora_up.weight"] = 0.1 * torch.randn(up)
            state[f"{name}.lora_down.weight"] = 0.1 * torch.randn([RANK, *weight.shape[1:]])
            if alpha:
                state[f"{name}.alpha"] = torch.tensor(1.0)
    return state


@pytest.mark.parametrize("alpha", [True, False])
def test_the_merged_base_is_the_same_on_both_sides(host, alpha, tmp_path):
    import comfy.sd
    from maskvideo.adapters.comfy.demo_model import load_demo_model
    from maskvideo.adapters.comfy.training_unet import private_unet

    ours = load_demo_base()[0]
    plain = base_fingerprint(ours.unet)
    lora = random_lora(ours, alpha)
    save_file(lora, tmp_path / "lora.safetensors")
    assert merge_lora(ours, tmp_path / "lora.safetensors", STRENGTH) == []
    model, clip, *_ = load_demo_model()
    tuned, tuned_clip = comfy.sd.load_lora_for_models(model, clip, lora, STRENGTH, STRENGTH)
    assert base_fingerprint(private_unet(tuned)) == base_fingerprint(ours.unet) != plain
    text = ours.embed_text(["a red star"])
    found = tuned_clip.encode_from_tokens_scheduled(tuned_clip.tokenize("a red star"))[0][0]
    untuned = clip.encode_from_tokens_scheduled(clip.tokenize("a red star"))[0][0]
    assert (found - text).norm() < 1e-3 * text.norm() < (untuned - text).norm()  # the host rounds CLIP to float16


def test_the_hosts_names_of_a_checkpoint_without_the_text_level_are_ours(host):
    """NovelAI's model: the host's own renaming on one side, ours on the other."""
    import comfy.supported_models
    from maskvideo.adapters.diffusers.key_variants import published_names

    flat = "cond_stage_model.transformer."
    names = ("embeddings.token_embedding.weight", "encoder.layers.0.mlp.fc1.bias", "final_layer_norm.weight")
    state = {flat + name: torch.zeros(1) for name in names}
    ours = {key.replace("cond_stage_model.", "clip_l.", 1) for key in published_names(state)}
    config = comfy.supported_models.SD15({})
    assert set(config.process_clip_state_dict(dict(state))) == ours
