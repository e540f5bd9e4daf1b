"""What a guided MODEL costs in ComfyUI: a ratio to the host's own sampling of the same frames, paired and interleaved.

The host samples one batch of latents in a few steps in four ways: the MODEL as it came (every frame an image of its
own), and as Mask-Guided Video Sampler guides it, with the parts added one after the other: first-frame attention, the
masks, the temporal layers. Each round times all four, in turning order; a ratio is taken within its round. The motion's
weights are merged before the clock starts, as the host does once for a run; the mask encoder runs on the clock.

    python benchmarks/host.py
    python benchmarks/host.py --geometry sd15 --frames 8 --size 24 24 --steps 2 --repeats 5

Needs a ComfyUI checkout at COMFYUI_PATH or ~/comfy/ComfyUI, with its requirements in this environment.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import torch
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.core.motion_format import MotionMetadata
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.sample_settings import GuidanceSettings
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from maskvideo.files.demo_file import MOTION_FILE
from maskvideo.files.motion_file import LoadedMotion, load_motion
from maskvideo.mask_tools.draw import default_trajectory, draw_masks
from step import PX_PER_CELL, TEXT_TOKENS, measure, summarise
from torch import Tensor, nn

PLAIN, FIRST_FRAME, MASKED, FULL = "plain sampling", "first-frame attention", "+ masks", "+ temporal layers (all)"
TARGETS = {FULL: 1.15}
"""The most that a run may cost, as a ratio to the plain one."""
CFG, SAMPLER, SCHEDULER = 6.0, "ddim", "ddim_uniform"
GUIDED = GuidanceSettings(mask_guidance=True, adain="end")
UNMASKED = GuidanceSettings(mask_strength=0, adain="end")


class Through(nn.Module):
    """In place of a temporal layer: what comes goes."""

    def forward(self, x: Tensor, frames: int) -> Tensor:
        return x


class Bench:
    """One MODEL of the host, one batch of latents, and the ways to sample it."""

    def __init__(self, geometry: str, frames: int, size: tuple[int, int], steps: int):
        from maskvideo.adapters.comfy.sampling import window_latent

        torch.manual_seed(0)
        base = demo_model() if geometry == "demo" else sd15_model()
        self.steps, self.merging = steps, []
        first = torch.randn(1, 4, *size)
        self.latent = window_latent(first, frames)
        self.noise = torch.randn_like(self.latent)
        self.masks = draw_masks(default_trajectory(), frames, tuple(PX_PER_CELL * side for side in size))
        self.prompts = [[[self._random_text(base), {}]] for _ in range(2)]
        self.ways = self._ways(base, motion_for(geometry, base, frames))

    def _ways(self, base, motion: LoadedMotion) -> dict:
        """Name to MODEL. Each guided one has layers of its own."""
        from maskvideo.adapters.comfy.guidance import guide_video
        from maskvideo.adapters.comfy.motion import carry_motion

        def guided(carrier, settings):
            return guide_video(carrier, self.masks, self.latent[:1], settings)

        return {
            PLAIN: base,
            FIRST_FRAME: guided(without_temporal_layers(carry_motion(base, motion)), UNMASKED),
            MASKED: guided(without_temporal_layers(carry_motion(base, motion)), GUIDED),
            FULL: guided(carry_motion(base, motion), GUIDED),
        }

    def sample(self, model) -> Tensor:
        """The latents ``[T, 4, h, w]`` as the host's KSampler makes them from ``model``."""
        import comfy.sample

        settings = (self.steps, CFG, SAMPLER, SCHEDULER)
        return comfy.sample.sample(model, self.noise, *settings, *self.prompts, self.latent, disable_pbar=True, seed=0)

    def seconds(self, way: str) -> float:
        """One run; its result is on the CPU, so the device has finished."""
        model = self.ways[way]
        self._merge(model)
        start = time.perf_counter()
        self.sample(model)
        return time.perf_counter() - start

    def _merge(self, model) -> None:
        """Bring this MODEL's weights into the U-Net that all ways share."""
        import comfy.model_management

        start = time.perf_counter()
        comfy.model_management.load_models_gpu([model, *model.get_nested_additional_models()])
        if model is self.ways[FULL]:
            self.merging.append(time.perf_counter() - start)

    def _random_text(self, base) -> Tensor:
        from maskvideo.adapters.comfy.host_model import require_sd1

        return torch.randn(1, TEXT_TOKENS, require_sd1(base).context_width)


def demo_model():
    """The bundled demo model's MODEL."""
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    return load_demo_model()[0]


def sd15_model():
    """The host's own SD1.5 with random weights, float32."""
    import comfy.model_management
    import comfy.model_patcher
    import comfy.supported_models
    from maskvideo.adapters.comfy.demo_config import unet_options

    config = comfy.supported_models.SD15(unet_options(component_config("unet")))
    config.set_inference_dtype(torch.float32, None)
    base = config.get_model({}, device=torch.device("cpu")).eval().requires_grad_(False)
    for module in base.diffusion_model.modules():
        initialise(module)
    device, offload = comfy.model_management.get_torch_device(), comfy.model_management.unet_offload_device()
    return comfy.model_patcher.ModelPatcher(base, device, offload)


def initialise(module: nn.Module) -> None:
    """The host leaves the weights as the memory was, which may hold no numbers. Each output gets about variance 1."""
    if isinstance(module, (nn.GroupNorm, nn.LayerNorm)):
        nn.init.ones_(module.weight)
    elif isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)


def motion_for(geometry: str, base, frames: int) -> LoadedMotion:
    """The bundled motion, or a random one of the default config."""
    from maskvideo.adapters.comfy.host_model import require_sd1

    architecture = require_sd1(base)
    if geometry == "demo":
        return load_motion(MOTION_FILE, architecture)
    module = MotionModule(architecture, MotionConfig(frames=frames)).requires_grad_(False).eval()
    return LoadedMotion(module, MotionMetadata(architecture, "", frames, (0, 0), "none", 0.0, {}, {}, 0, "random"))


def without_temporal_layers(carrier):
    """``carrier`` itself, whose own copy of the motion's layers does nothing over time."""
    from maskvideo.adapters.comfy.motion import motion_layers

    for layers in motion_layers(carrier).blocks.values():
        layers["temporal_conv"], layers["temporal_attention"] = Through(), Through()
    return carrier


def import_host(on_cpu: bool) -> Path:
    """The host's modules on the import path; its folder goes last, so that it hides nothing of this environment."""
    path = Path(os.environ.get("COMFYUI_PATH") or Path("~/comfy/ComfyUI").expanduser())
    if not (path / "main.py").is_file():
        raise SystemExit(f"no ComfyUI at {path}: set COMFYUI_PATH to a checkout")
    sys.path.append(str(path))
    arguments, sys.argv = sys.argv, [sys.argv[0], *(["--cpu"] if on_cpu else [])]
    try:
        import comfy.options

        comfy.options.enable_args_parsing()
        import comfy.cli_args
    finally:
        sys.argv = arguments
    return path


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--geometry", choices=("demo", "sd15"), default="demo", help="sd15 has random weights (demo)")
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="of the video (16)")
    parser.add_argument("--size", type=int, nargs=2, default=(20, 32), metavar=("H", "W"), help="latent cells (20 32)")
    parser.add_argument("--steps", type=int, default=4, metavar="N", help="of the sampler (4)")
    parser.add_argument("--device", choices=("cpu", "auto"), default="cpu", help="auto is the host's choice (cpu)")
    parser.add_argument("--repeats", type=int, default=15, metavar="N", help="rounds that count (15)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (all cores)")
    parser.add_argument("--report", metavar="FILE.json", help="also write settings, every time and the summary")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> list[dict]:
    """Measure, print the table, write the report where one is asked for; the table's rows."""
    args = read_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    import_host(args.device == "cpu")
    from comfyui_version import __version__

    with torch.inference_mode():
        bench = Bench(args.geometry, args.frames, tuple(args.size), args.steps)
        seconds = measure(bench, args.repeats)
    rows = summarise(seconds, TARGETS)
    merging = torch.tensor(bench.merging).median().item()
    print(markdown_table(rows, {key: key for key in rows[-1]}))
    print(f"ComfyUI {__version__}, {torch.get_num_threads()} threads; merging, once for a run: {merging:.3f} s")
    if args.report:
        machine = {"host": __version__, "torch": torch.__version__, "threads": torch.get_num_threads()}
        write_report(
            args.report, vars(args) | machine | {"summary": rows, "seconds": seconds, "merging": bench.merging}
        )
    return rows


if __name__ == "__main__":
    main()
