"""What a patched denoising step costs: a ratio to the plain step of the same U-Net, paired and interleaved.

A random-weight U-Net of SD1.5's geometry predicts the noise of one video in three ways: plain (the batched image
U-Net, diffusers' own attention), with first-frame attention alone, and with the whole motion module at its default
config. Each round times all three, in turning order; a ratio is taken within its round, so that a machine that slows
down slows both of its parts.

    python benchmarks/step.py
    python benchmarks/step.py --geometry tiny --repeats 3
    python benchmarks/step.py --device cuda --dtype float16 --frames 16 --size 64 64 --repeats 30
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor2_0
from maskvideo.adapters.diffusers.attention import FirstFrameProcessor
from maskvideo.adapters.diffusers.blocks import spatial_transformers
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.adapters.diffusers.hooks import Installed
from maskvideo.adapters.diffusers.video_unet import DiffusersVideoModel
from maskvideo.core.motion_module import MotionConfig, MotionModule
from maskvideo.core.video_model import Guide
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from torch import Tensor
from tqdm import tqdm

TINY = {
    "block_out_channels": (32, 64),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 4,
    "cross_attention_dim": 32,
    "norm_num_groups": 8,
}
PLAIN, FIRST_FRAME, FULL = "plain step", "first-frame attention", "whole motion module"
TARGETS = {FIRST_FRAME: 1.00, FULL: 1.10}
"""The most that each may cost, as a ratio to the plain step."""
TEXT_TOKENS = 77
PX_PER_CELL = 8


class Bench:
    """One U-Net, one video, and the ways to predict its noise; each way puts its changes on and takes them off."""

    def __init__(
        self, geometry: str, frames: int, size: tuple[int, int], device: str, dtype: torch.dtype, temporal_width: float
    ):
        torch.manual_seed(0)
        unet = UNet2DConditionModel(**(TINY if geometry == "tiny" else component_config("unet")))
        unet.set_attn_processor(AttnProcessor2_0())
        self.model = DiffusersVideoModel(unet.to(device, dtype), vae=None, text_encoder=None, tokenizer=None)
        self.frames, self.size = frames, size
        self.motion = self._motion(MotionConfig(frames=frames, temporal_width=temporal_width))
        self.bare = self._motion(MotionConfig(frames=frames, projections="none", mask_branch=False))
        self.x_t = self._random(1, 4, frames, *size)
        self.text = self._random(1, TEXT_TOKENS, unet.config.cross_attention_dim)
        self.timestep = torch.tensor([500], device=device)

    @property
    def ways(self) -> dict[str, Callable]:
        """Name to a context manager that yields the guide of its calls."""
        return {PLAIN: self.plain, FIRST_FRAME: self.first_frame_attention, FULL: self.full}

    @contextmanager
    def plain(self) -> Iterator[Guide]:
        yield Guide(self.frames)

    @contextmanager
    def first_frame_attention(self) -> Iterator[Guide]:
        """Self-attention alone is replaced. The guide is bound: cross-attention is untouched and takes none."""
        guide, installed = Guide(self.frames), Installed()
        for name, transformer in spatial_transformers(self.model.unet).items():
            processor = FirstFrameProcessor(name, self.bare)
            installed.replace(transformer.transformer_blocks[0].attn1, partial(processor, guide=guide))
        try:
            yield guide
        finally:
            installed.remove()

    @contextmanager
    def full(self) -> Iterator[Guide]:
        """The mask encoder runs before the clock starts: in sampling it runs once, not for each step."""
        height, width = (PX_PER_CELL * side for side in self.size)
        features = self.motion.mask_features(self._random(1, 1, self.frames, height, width).sigmoid())
        with self.model.using_motion(self.motion):
            yield Guide(self.frames, features, gate=torch.ones_like(self.x_t[:, 0, 0, 0, 0]))

    def predict(self, guide: Guide) -> Tensor:
        """The noise ``[1, 4, T, h, w]``."""
        return self.model.predict_noise(self.x_t, self.timestep, self.text, guide)

    def seconds(self, way: str) -> float:
        """One step; reading a value waits for a device that computes in the background."""
        with self.ways[way]() as guide:
            start = self._finished(self.x_t)
            return self._finished(self.predict(guide)) - start

    def _finished(self, tensor: Tensor) -> float:
        tensor.flatten()[0].item()
        return time.perf_counter()

    def _motion(self, config: MotionConfig) -> MotionModule:
        motion = MotionModule(self.model.architecture, config).requires_grad_(False).eval()
        return motion.to(self.model.device, self.model.dtype)

    def _random(self, *shape: int) -> Tensor:
        return torch.randn(shape).to(self.model.device, self.model.dtype)


@torch.inference_mode()
def measure(bench: Bench, repeats: int) -> dict[str, list[float]]:
    """Seconds of each way in each round, after one round to warm up."""
    ways = list(bench.ways)
    rounds = []
    for index in tqdm(range(repeats + 1), "rounds"):
        turn = index % len(ways)
        rounds.append({way: bench.seconds(way) for way in ways[turn:] + ways[:turn]})
    return {way: [times[way] for times in rounds[1:]] for way in ways}


def summarise(seconds: dict[str, list[float]], targets: dict[str, float] = TARGETS) -> list[dict]:
    """A row for each way: median and quartiles of its seconds and of its ratios to the first way, round by round."""
    plain = next(iter(seconds.values()))
    return [_row(way, times, plain, targets.get(way)) for way, times in seconds.items()]


def _row(way: str, times: list[float], plain: list[float], target: float | None) -> dict:
    ratios = [time / base for time, base in zip(times, plain, strict=True)]
    row = {"step": way, **_spread("seconds", times), **_spread("ratio", ratios)}
    if target is not None:
        row |= {"target": f"≤ {target:.2f}", "met": "yes" if row["ratio"] <= target else "no"}
    return row


def _spread(name: str, values: list[float]) -> dict:
    low, median, high = torch.tensor(values, dtype=torch.float64).quantile(torch.tensor([0.25, 0.5, 0.75]).double())
    return {name: median.item(), f"{name} quartiles": f"{low:.3f} to {high:.3f}"}


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--geometry", choices=("sd1", "tiny"), default="sd1", help="tiny tries the script out (sd1)")
    parser.add_argument("--frames", type=int, default=8, metavar="N", help="of the video (8)")
    parser.add_argument("--size", type=int, nargs=2, default=(24, 24), metavar=("H", "W"), help="latent cells (24 24)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps (cpu)")
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32", help="(float32)")
    parser.add_argument("--repeats", type=int, default=15, metavar="N", help="rounds that count (15)")
    parser.add_argument("--temporal-width", type=float, default=MotionConfig.temporal_width, metavar="X")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (all cores)")
    parser.add_argument("--report", metavar="FILE.json", help="also write settings, every time and the summary")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> list[dict]:
    """Measure, print the table, write the report where one is asked for; the table's rows."""
    args = read_arguments(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    dtype = getattr(torch, args.dtype)
    bench = Bench(args.geometry, args.frames, tuple(args.size), args.device, dtype, args.temporal_width)
    seconds = measure(bench, args.repeats)
    rows = summarise(seconds)
    print(markdown_table(rows, {key: key for key in rows[-1]}))
    if args.report:
        machine = {"torch": torch.__version__, "threads": torch.get_num_threads()}
        write_report(args.report, vars(args) | machine | {"summary": rows, "seconds": seconds})
    return rows


if __name__ == "__main__":
    main()
