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
from ..adapters.comfy.sampling import sample_window, window_latent
from ..core.noise_prior import NoisePrior
from ..core.sample_settings import GuidanceSettings
from ..evaluation.drift import measure_drift
from ..evaluation.plot import draw_panels
from ..files.frame_layout import to_tensor
from .sampling_inputs import (
    conditioning_inputs,
    first_latent_input,
    frames_input,
    guidance_inputs,
    mask_input,
    model_input,
    noise_input,
    prior_inputs,
    sampling_inputs,
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
            inputs=[first_latent_input(), *prior_inputs(), seed_input("The same seed gives the same noise.")],
            outputs=[
                io.Noise.Output(
                    "noise", display_name="noise", tooltip="For any number of frames, and for SamplerCustomAdvanced."
                )
            ],
        )

    @classmethod
    def execute(cls, first_latent, noise_prior, alpha, seed) -> io.NodeOutput:
        return io.NodeOutput(SharedNoise(seed, first_latent["samples"], NoisePrior(noise_prior, alpha)))


class MaskGuidance(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="MaskVideo_MaskGuidance",
            display_name="Mask Guidance",
            category=CATEGORY,
            description="A MODEL that follows the masks and the empty video to sample, for SamplerCustomAdvanced.",
            inputs=[model_input(), first_latent_input(), mask_input(), frames_input(), *guidance_inputs()],
            outputs=[
                io.Model.Output("guided", display_name="model", tooltip="For a guider; the MODEL given is unchanged."),
                io.Latent.Output("latent", display_name="latent", tooltip="The first frame, then zeros to sample."),
            ],
        )

    @classmethod
    def execute(cls, model, first_latent, mask, frames, **guidance) -> io.NodeOutput:
        first = first_latent["samples"]
        guided = guide_video(model, window_masks(mask, frames), first, GuidanceSettings(**guidance))
        return io.NodeOutput(guided, {"samples": window_latent(first, frames)})


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
        **guidance,
    ) -> io.NodeOutput:
        first = first_latent["samples"]
        latent = sample_window(
            model,
            positive,
            negative,
            first,
            window_masks(mask, frames),
            noise or SharedNoise(seed, first, NoisePrior()),
            steps,
            cfg,
            sampler_name,
            scheduler,
            seed,
            GuidanceSettings(**guidance),
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
        **guidance,
    ) -> io.NodeOutput:
        latent = sample_windows(
            model,
            positive,
            negative,
            first_latent["samples"],
            video_masks(mask, frames),
            frames,
            restart_frame or max(1, frames // 2),
            NoisePrior(noise_prior, alpha),
            seed,
            steps,
            cfg,
            sampler_name,
            scheduler,
            GuidanceSettings(**guidance),
        )
        plot, drift = drift_report(vae.decode(latent))
        return io.NodeOutput({"samples": latent}, plot, drift)


def drift_report(image: torch.Tensor) -> tuple[torch.Tensor, str]:
    """The drift of an IMAGE batch ``[T, H, W, 3]``: a plot as IMAGE and the figures as JSON."""
    drift = measure_drift(frames_to_core(image))
    panels = {"colour distance": drift.colour_per_frame, "sharpness ratio": drift.sharpness_per_frame}
    return frames_to_host(to_tensor([draw_panels(panels)])), json.dumps(drift.report(), indent=2)
