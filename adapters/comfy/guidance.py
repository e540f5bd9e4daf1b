"""A MODEL on which a motion acts, and which masks and a first frame guide."""

from __future__ import annotations

from comfy.patcher_extension import WrappersMP
from torch import Tensor

from ...core.sample_settings import GuidanceSettings
from .attention_patches import attn1_output_patch, attn1_patch, attn2_patch
from .deltas import add_weight_patches
from .motion import ACTIVE, is_active, require_motion, seen_masks
from .run_state import KEY, WindowGuidance
from .window_check import check_first_latent, check_frames, check_masks
from .wrappers import diffusion_model, outer_sample, predict_noise


def guide_video(model, masks: Tensor | None, first_latent: Tensor, settings: GuidanceSettings | None = None):
    """A clone of MODEL that any of the host's samplers can sample a window of video with.

    ``masks`` ``[1, 1, T, H, W]`` in 0..1, 1 = foreground, or None; ``first_latent`` ``[1, 4, h, w]`` a LATENT's
    samples (unscaled). The sampler needs a latent of T frames. A MODEL that is guided already is guided anew.

    Raises ``MaskVideoError`` where the MODEL is no SD1.x or carries no motion, and where sizes do not fit.
    """
    return guide_window(activate_motion(model), masks, first_latent, settings)


def activate_motion(model):
    """A clone of MODEL on which the motion it carries acts, once sampling is guided by ``guide_window``.

    Weight patches are made here, once, so that a loop over windows does not make the host merge them anew.
    """
    carried = require_motion(model)
    if is_active(model):
        return model.clone()
    active = model.clone()
    active.set_attachments(ACTIVE, True)
    if not carried.strength:
        return active
    add_weight_patches(active, carried.patches, carried.strength)
    active.set_model_attn1_patch(attn1_patch)
    active.set_model_attn1_output_patch(attn1_output_patch)
    active.set_model_attn2_patch(attn2_patch)
    return active


def guide_window(active, masks: Tensor | None, first_latent: Tensor, settings: GuidanceSettings | None = None):
    """A clone of what ``activate_motion`` gave, guided as ``guide_video`` says; weights stay as they are."""
    check_first_latent(first_latent)
    if masks is not None:
        check_masks(masks, first_latent)
        check_frames(masks.shape[2], active)
    guided = active.clone()
    window = WindowGuidance(seen_masks(active, masks), first_latent, settings or GuidanceSettings())
    guided.model_options["transformer_options"][KEY] = window
    if not guided.get_wrappers(WrappersMP.OUTER_SAMPLE, KEY):
        guided.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, KEY, outer_sample)
        guided.add_wrapper_with_key(WrappersMP.PREDICT_NOISE, KEY, predict_noise)
        guided.add_wrapper_with_key(WrappersMP.DIFFUSION_MODEL, KEY, diffusion_model)
    return guided
