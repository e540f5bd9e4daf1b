"""The menu MaskVideo: noise, guidance, one window of a video, and a video of any length."""

from __future__ import annotations

import json

import torch
from comfy_api.latest import io

from ..adapters.comfy.extend import sample_windows
from ..adapters.comfy.guidance import guide_video
from ..adapters.comfy.guiding_masks import video_masks, window_masks
from ..adapters.comfy.layout import frames_to_core, frames_to_host
from ..adapters.comfy.noise import SharedNoise
from ..adapters.comfy.sample_choice import AS_TRAINED, chosen_settings, video_noise
from ..adapters.comfy.sampling import sample_window, window_latent
from ..core.noise_prior import NoisePrior, check_prior
from ..core.sample_settings import GuidanceSettings
from ..core.windows import WINDOWS
from ..evaluation.drift import measure_drift
from ..evaluation.plot import draw_panels
from ..files.frame_layout import to_tensor
from .sampling_inputs import (
    conditioning_inputs,
    conditioning_switch,
    first_latent_input,
    frames_input,
    guidance_inputs,
    mask_input,
    model_input,
    noise_input,
    prior_inputs,
    sampling_inputs,
    sampling_preset,
    seed_input,
)

CATEGORY = "MaskVideo"


class FirstFrameSharedNoise(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_FirstFrameSharedNoise",
            display_name="First-Frame Shared Noise",
            category=CATEGORY,
            description="Noise for a video: each frame's own, mixed with a part that all frames share.",
            inputs=[
                first_latent_input(),
                *prior_inputs(),
                seed_input("The same seed gives the same noise."),
                io.Model.Input(
                    "model",
                    optional=True,
                    tooltip="With a motion: noise_prior and alpha at their defaults take what it was trained with.",
                ),
            ],
            outputs=[
                io.Noise.Output(
                    "noise", display_name="noise", tooltip="For any number of frames, and for SamplerCustomAdvanced."
                )
            ],
        )

    @classmethod
    def execute(cls, first_latent, noise_prior, alpha, seed, model=None) -> io.NodeOutput:
        prior = {"noise_prior": noise_prior, "alpha": alpha}
        if model is not None:
            prior = chosen_settings(model, AS_TRAINED, prior)
        return io.NodeOutput(SharedNoise(seed, first_latent["samples"], NoisePrior(*prior.values())))


class MaskGuidance(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MaskGuidance",
            display_name="Mask Guidance",
            category=CATEGORY,
            description="A MODEL that follows the masks and the empty video to sample, for SamplerCustomAdvanced.",
            inputs=[
                model_input(),
                first_latent_input(),
                mask_input(),
                frames_input(),
                *guidance_inputs(),
                conditioning_switch(),
                sampling_preset(),
            ],
            outputs=[
                io.Model.Output("guided", display_name="model", tooltip="For a guider; the MODEL given is unchanged."),
                io.Latent.Output("latent", display_name="latent", tooltip="The first frame, then zeros to sample."),
            ],
        )

    @classmethod
    def execute(cls, model, first_latent, mask, frames, preset=AS_TRAINED, **guidance) -> io.NodeOutput:
        first = first_latent["samples"]
        settings = GuidanceSettings(**chosen_settings(model, preset, guidance))
        guided = guide_video(model, window_masks(mask, frames), first, settings)
        return io.NodeOutput(guided, {"samples": window_latent(first, frames, settings)})


class MaskGuidedVideoSampler(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MaskGuidedVideoSampler",
            display_name="Mask-Guided Video Sampler",
            category=CATEGORY,
            description="A video of one window in which the object goes where the masks go.",
            inputs=[
                model_input(),
                *conditioning_inputs(),
                first_latent_input(),
                mask_input(),
                noise_input(),
                frames_input(),
                seed_input("Of the noise, where none is connected, and of samplers that draw noise in their steps."),
                *sampling_inputs(cfg=6.0),
                *guidance_inputs(),
                conditioning_switch(),
                sampling_preset(),
            ],
            outputs=[io.Latent.Output("latent", display_name="latent", tooltip="[frames, 4, height/8, width/8].")],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        negative,
        first_latent,
        mask,
        frames,
        seed,
        steps,
        cfg,
        sampler_name,
        scheduler,
        noise=None,
        preset=AS_TRAINED,
        **guidance,
    ) -> io.NodeOutput:
        first = first_latent["samples"]
        settings = GuidanceSettings(**chosen_settings(model, preset, guidance))
        latent = sample_window(
            model,
            positive,
            negative,
            first,
            window_masks(mask, frames),
            video_noise(model, preset, noise, seed, first, settings.first_frame_conditioning),
            steps,
            cfg,
            sampler_name,
            scheduler,
            seed,
            settings,
        )
        return io.NodeOutput({"samples": latent})


class AutoregressiveExtend(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_AutoregressiveExtend",
            display_name="Autoregressive Extend",
            category=CATEGORY,
            description="A video of any length, one frame for each mask, window by window.",
            inputs=[
                model_input(),
                *conditioning_inputs(),
                io.Vae.Input("vae", tooltip="Of the model's checkpoint; decodes the video for the drift report."),
                first_latent_input(),
                mask_input(),
                frames_input("Of one window: not more than the motion was trained for. More masks extend the video."),
                io.Int.Input(
                    "restart_frame",
                    default=0,
                    min=0,
                    max=4095,
                    tooltip="This frame of a window, counted from 0, starts the next one; 0 takes the middle.",
                ),
                seed_input("The same seed gives the same video, and the same first window however long it is."),
                *prior_inputs(),
                *sampling_inputs(cfg=6.0),
                *guidance_inputs(),
                conditioning_switch(),
                sampling_preset(),
                io.Combo.Input(
                    "windows",
                    options=list(WINDOWS),
                    default=WINDOWS[0],
                    optional=True,
                    tooltip="fewest: the last window ends with the video. even: restart_frame frames of each window, "
                    "the last too, as the paper's appendix C: 24 frames are three windows of 16.",
                ),
            ],
            outputs=[
                io.Latent.Output("latent", display_name="latent", tooltip="[frames, 4, height/8, width/8]."),
                io.Image.Output("drift_plot", display_name="drift_plot", tooltip="Colour and sharpness by frame."),
                io.String.Output("drift", display_name="drift", tooltip="The same as JSON, against the first frame."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        negative,
        vae,
        first_latent,
        mask,
        frames,
        restart_frame,
        seed,
        noise_prior,
        alpha,
        steps,
        cfg,
        sampler_name,
        scheduler,
        preset=AS_TRAINED,
        windows=WINDOWS[0],
        **guidance,
    ) -> io.NodeOutput:
        fields = {"noise_prior": noise_prior, "alpha": alpha, "windows": windows, "frames": frames}
        shared = chosen_settings(model, preset, {**guidance, **fields})
        settings = GuidanceSettings(**{name: shared[name] for name in guidance})
        prior = NoisePrior(shared["noise_prior"], shared["alpha"])
        check_prior(prior, settings.first_frame_conditioning)
        latent = sample_windows(
            model,
            positive,
            negative,
            first_latent["samples"],
            video_masks(mask, shared["frames"]),
            shared["frames"],
            restart_frame or max(1, shared["frames"] // 2),
            prior,
            seed,
            steps,
            cfg,
            sampler_name,
            scheduler,
            settings,
            shared["windows"],
        )
        plot, drift = drift_report(vae.decode(latent))
        return io.NodeOutput({"samples": latent}, plot, drift)


def drift_report(image: torch.Tensor) -> tuple[torch.Tensor, str]:
    """The drift of an IMAGE batch ``[T, H, W, 3]``: a plot as IMAGE and the figures as JSON."""
    drift = measure_drift(frames_to_core(image))
    panels = {"colour distance": drift.colour_per_frame, "sharpness ratio": drift.sharpness_per_frame}
    return frames_to_host(to_tensor([draw_panels(panels)])), json.dumps(drift.report(), indent=2)
