"""Random training clips from cached latents: every frame is encoded once, before the loop."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..core.video_model import VideoModel
from .clips import Clip
from .config import SIZE_MULTIPLE, TrainConfig

ENCODED_AT_ONCE = 8
"""Frames: the peak memory of the cache, whatever the length of a clip."""


@dataclass(frozen=True)
class Batch:
    """What one step trains on, on the model's device.

    ``latent`` ``[B, C, T, h, w]``, ``mask`` float ``[B, 1, T, H, W]``, ``text`` ``[B, L, D]``, ``gate`` ``[B]``:
    0 where the mask is dropped, else 1.
    """

    latent: Tensor
    mask: Tensor
    text: Tensor
    gate: Tensor


class MotionDataset:
    """Clips of ``config.frames`` frames, drawn from cached latents, uint8 masks and text embeddings.

    ``fingerprint`` changes with any pixel, mask or prompt; a resumed run compares it.

    Raises ``MaskVideoError`` where there are no clips, a clip is too short, has another number of masks than frames,
    or a size that no latent has.
    """

    def __init__(
        self, model: VideoModel, clips: Sequence[Clip], motion_prompt: str, config: TrainConfig, progress: bool = False
    ):
        check_clips(clips, config)
        self.config = config
        self.masks = [clip.masks for clip in clips]  # uint8 [T, H, W]
        self.prompts = [clip.prompt or motion_prompt for clip in clips]
        self.fingerprint = fingerprint(clips, self.prompts)
        with torch.no_grad():
            self.text = model.embed_text([*self.prompts, ""])  # [clips + 1, L, D], the empty prompt last
            self.latents = self._encode(model, clips, progress)

    @property
    def device(self) -> torch.device:
        """The model's."""
        return self.text.device

    def sample(self, generator: Generator) -> Batch:
        """Draw a batch; ``generator`` (CPU) is the only source of chance."""
        drawn = [self._draw(generator) for _ in range(self.config.batch_size)]
        latents, masks, texts, gates = zip(*drawn, strict=True)
        mask = torch.stack(masks)[:, None].to(self.device).float()  # [B, 1, T, H, W]
        gate = torch.tensor(gates, dtype=torch.float32, device=self.device)
        return Batch(torch.stack(latents).to(self.device), mask, self.text[list(texts)], gate)

    def _draw(self, generator: Generator) -> tuple[Tensor, Tensor, int, float]:
        config = self.config
        index = int(torch.randint(len(self.masks), (), generator=generator))
        span = (config.frames - 1) * config.frame_step + 1
        start = int(torch.randint(len(self.masks[index]) - span + 1, (), generator=generator))
        flip, mask_draw, text_draw = torch.rand(3, generator=generator).tolist()
        taken = slice(start, start + span, config.frame_step)
        flipped = config.flips and flip < 0.5
        mask = self.masks[index][taken]
        text = len(self.masks) if text_draw < config.text_drop else index
        latent = self.latents[index][int(flipped)][:, taken]  # [C, T, h, w]
        return latent, mask.flip(-1) if flipped else mask, text, float(mask_draw >= config.mask_drop)

    def _encode(self, model: VideoModel, clips: Sequence[Clip], progress: bool) -> list[list[Tensor]]:
        """The latents ``[C, T, h, w]`` of each clip and, with flips, of its mirror image: the VAE knows no mirror."""
        views = [[clip.frames, clip.frames.flip(-1)] if self.config.flips else [clip.frames] for clip in clips]
        total = sum(len(frames) for view in views for frames in view)
        with tqdm(total=total, desc="encoding frames", disable=not progress) as bar:
            return [[self._encode_frames(model, frames, bar) for frames in view] for view in views]

    def _encode_frames(self, model: VideoModel, frames: Tensor, bar: tqdm) -> Tensor:
        latents = []
        for chunk in frames.split(ENCODED_AT_ONCE):
            video = chunk.to(self.device).float().div(255).movedim(0, 1)[None]  # [1, 3, T, H, W]
            latents.append(model.encode(video)[0].float().cpu())
            bar.update(len(chunk))
        return torch.cat(latents, dim=1)  # [C, T, h, w]


def check_clips(clips: Sequence[Clip], config: TrainConfig) -> None:
    """Raise ``MaskVideoError`` for the first thing in ``clips`` that ``config`` cannot train on."""
    if not clips:
        raise MaskVideoError("there are no clips: few-shot training takes one or more, 5 to 8 are usual")
    span = (config.frames - 1) * config.frame_step + 1
    for clip in clips:
        count = len(clip.frames)
        if len(clip.masks) != count:
            raise MaskVideoError(
                f'clip "{clip.name}" has {len(clip.masks)} masks for {count} frames: give one mask for each frame'
            )
        if count < span:
            raise MaskVideoError(_too_short(clip.name, count, span, config))
        _check_size(clip)
    sizes = {tuple(clip.frames.shape[-2:]) for clip in clips}
    if len(sizes) > 1:
        raise MaskVideoError(f"clips have sizes (height, width) {sorted(sizes)}: give all one size")


def _check_size(clip: Clip) -> None:
    height, width = clip.frames.shape[-2:]
    if clip.masks.shape[-2:] != (height, width):
        raise MaskVideoError(
            f'clip "{clip.name}" has masks of {clip.masks.shape[-1]}×{clip.masks.shape[-2]} for frames of '
            f"{width}×{height}: give one size"
        )
    if width % SIZE_MULTIPLE or height % SIZE_MULTIPLE:
        near_width, near_height = (max(1, round(side / SIZE_MULTIPLE)) * SIZE_MULTIPLE for side in (width, height))
        raise MaskVideoError(
            f'clip "{clip.name}" is {width}×{height}, both must be divisible by {SIZE_MULTIPLE}: '
            f"{near_width}×{near_height} is the nearest"
        )


def _too_short(name: str, count: int, span: int, config: TrainConfig) -> str:
    fitting = (count - 1) // config.frame_step + 1
    needed = f"{config.frames} frames" + (f" at frame_step {config.frame_step}" if config.frame_step > 1 else "")
    cure = f"set frames to {fitting}, or " if fitting >= 2 else ""
    return f'clip "{name}" has {count} frames, {needed} need {span}: {cure}give a longer clip'


def fingerprint(clips: Sequence[Clip], prompts: Sequence[str]) -> str:
    """A SHA-256 of every frame, mask and prompt in order."""
    digest = hashlib.sha256()
    for clip, prompt in zip(clips, prompts, strict=True):
        digest.update(prompt.encode())
        for tensor in (clip.frames, clip.masks):
            digest.update(repr(tuple(tensor.shape)).encode())
            digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
