"""Random training clips from cached latents: every frame is encoded once, before the loop."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import torch
from torch import Generator, Tensor
from tqdm import tqdm

from ..core.errors import MaskVideoError
from ..core.video_model import VideoModel
from .clips import Clip, refuse
from .config import SIZE_MULTIPLE, TrainConfig
from .transfer import to_device

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

    ``fingerprint`` changes with any pixel, mask or prompt; a resumed run compares it. ``motion_text`` ``[1, L, D]``
    is the motion prompt where it has been embedded already.

    Raises ``MaskVideoError`` where there are no clips, a clip is too short, has another number of masks than frames,
    or a size that no latent has.
    """

    def __init__(
        self,
        model: VideoModel,
        clips: Sequence[Clip],
        motion_prompt: str,
        config: TrainConfig,
        progress: bool = False,
        motion_text: Tensor | None = None,
    ):
        check_clips(clips, config)
        self.config = config
        self.masks = [clip.masks for clip in clips]  # uint8 [T, H, W]
        self.prompts = [clip.prompt or motion_prompt for clip in clips]
        self.fingerprint = fingerprint(clips, self.prompts, motion_text)
        with torch.no_grad():
            self.text = model.embed_text([*self.prompts, ""])  # [clips + 1, L, D], the empty prompt last
            if motion_text is not None:
                self.text = _replaced(self.text, [not clip.prompt for clip in clips], motion_text)
            self.latents = self._encode(model, clips, progress)

    @property
    def device(self) -> torch.device:
        """The model's."""
        return self.text.device

    def sample(self, generator: Generator) -> Batch:
        """Draw a batch of clips of one size; ``generator`` (CPU) is the only source of chance."""
        first = _choose(range(len(self.masks)), generator)
        drawn = [self._draw(first, generator)]
        for _ in range(self.config.batch_size - 1):
            drawn.append(self._draw(_choose(self._alike(first), generator), generator))
        latents, masks, texts, gates = zip(*drawn, strict=True)
        mask = to_device(torch.stack(masks)[:, None], self.device).float()  # [B, 1, T, H, W]
        gate = to_device(torch.tensor(gates, dtype=torch.float32), self.device)
        text = self.text[to_device(torch.tensor(texts), self.device)]
        return Batch(to_device(torch.stack(latents), self.device), mask, text, gate)

    def _alike(self, index: int) -> list[int]:
        """The clips of the size of clip ``index``, itself among them."""
        size = self.masks[index].shape[1:]
        return [other for other, masks in enumerate(self.masks) if masks.shape[1:] == size]

    def _draw(self, index: int, generator: Generator) -> tuple[Tensor, Tensor, int, float]:
        config = self.config
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


def _choose(indices: Sequence[int], generator: Generator) -> int:
    return indices[int(torch.randint(len(indices), (), generator=generator))]


def check_clips(clips: Sequence[Clip], config: TrainConfig) -> None:
    """Raise ``MaskVideoError`` that names every clip on which ``config`` cannot train, and why."""
    if not clips:
        raise MaskVideoError("there are no clips: few-shot training takes one or more, 5 to 8 are usual")
    refuse([problem for clip in clips if (problem := _problem(clip, config))], len(clips))
    sizes = sorted({(clip.frames.shape[-1], clip.frames.shape[-2]) for clip in clips})
    if len(sizes) > 1 and not config.aspect_buckets:
        named = ", ".join(f"{width}×{height}" for width, height in sizes)
        raise MaskVideoError(f"clips have several sizes, {named}: give all one size, or set aspect_buckets")


def _problem(clip: Clip, config: TrainConfig) -> str:
    """The first thing in ``clip`` that ``config`` cannot train on; empty where there is none."""
    span, count = (config.frames - 1) * config.frame_step + 1, len(clip.frames)
    height, width = clip.frames.shape[-2:]
    if len(clip.masks) != count:
        return f'clip "{clip.name}" has {len(clip.masks)} masks for {count} frames: give one mask for each frame'
    if count < span:
        return _too_short(clip.name, count, span, config)
    if clip.masks.shape[-2:] != (height, width):
        came = f"{clip.masks.shape[-1]}×{clip.masks.shape[-2]}"
        return f'clip "{clip.name}" has masks of {came} for frames of {width}×{height}: give both one size'
    if width % SIZE_MULTIPLE or height % SIZE_MULTIPLE:
        near_width, near_height = (max(1, round(side / SIZE_MULTIPLE)) * SIZE_MULTIPLE for side in (width, height))
        return (
            f'clip "{clip.name}" is {width}×{height}, both must be divisible by {SIZE_MULTIPLE}: '
            f"{near_width}×{near_height} is the nearest"
        )
    return ""


def _too_short(name: str, count: int, span: int, config: TrainConfig) -> str:
    fitting = (count - 1) // config.frame_step + 1
    needed = f"{config.frames} frames" + (f" at frame_step {config.frame_step}" if config.frame_step > 1 else "")
    cure = f"set frames to {fitting}, or " if fitting >= 2 else ""
    return f'clip "{name}" has {count} frames, {needed} need {span}: {cure}give a longer clip'


def _replaced(text: Tensor, where: Sequence[bool], given: Tensor) -> Tensor:
    """``text`` ``[N, L, D]`` with ``given`` ``[1, L', D]`` in the rows ``where`` says.

    The shorter is repeated to the length of both, which changes no attention.
    """
    length = lcm(text.shape[1], given.shape[1])
    text, given = (one.repeat(1, length // one.shape[1], 1) for one in (text, given.to(text)))
    return torch.stack([given[0] if chosen else row for row, chosen in zip(text, [*where, False], strict=True)])


def fingerprint(clips: Sequence[Clip], prompts: Sequence[str], motion_text: Tensor | None = None) -> str:
    """A SHA-256 of every frame, mask and prompt in order, and of a motion prompt that came embedded."""
    digest = hashlib.sha256()
    for clip, prompt in zip(clips, prompts, strict=True):
        digest.update(prompt.encode())
        for tensor in (clip.frames, clip.masks):
            digest.update(repr(tuple(tensor.shape)).encode())
            digest.update(tensor.contiguous().numpy().tobytes())
    if motion_text is not None:
        digest.update(motion_text.float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
