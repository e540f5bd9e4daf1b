"""Every setting of a generated video. Light to import: the command line reads its defaults for ``--help``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ...core.errors import MaskVideoError
from ...mask_tools.check import check_size
from .sample_settings import SampleSettings

CELL_PX = 8
"""Pixels of one latent cell of SD1.x along one axis."""


@dataclass(frozen=True)
class GenerateSettings:
    """What a video is made from, besides models and masks. Raises ``MaskVideoError`` on a value outside its range."""

    prompt: str
    negative: str = ""
    width: int = 416
    height: int = 256
    """Pixels. The demo model, trained at 256x160, keeps thin parts better at this size; 256x160 takes a third of the
    time. Multiples of 32 divide evenly at every level of the U-Net."""
    frames: int = 16
    """Of one window; more masks than this extend the video window by window."""
    restart_frame: int | None = None
    """This frame of a window (from 0) is the next one's first frame; None takes the middle, the paper's 8 of 16."""
    seed: int = 0
    steps: int = 20
    cfg: float = 6.0
    """Classifier-free guidance of the video; 1 leaves the unconditional branch out and halves the time."""
    scheduler: str = "ddim"
    noise_prior: str = "first_frame"
    alpha: float = 0.2
    """The share of the common part in ``noise_prior``."""
    mask_strength: float = 1.0
    """0 switches the mask branch off."""
    mask_start_fraction: float = 0.0
    mask_end_fraction: float = 1.0
    """The mask acts in this part of the steps."""
    mask_guidance: bool = True
    adain: str = "end"
    """In which steps the frames take the first frame's statistics: off, end, last_half, all."""
    adain_regions: bool = True
    """Statistics of object and background apart, while the mask branch is on (``statistics_by_mask``)."""
    histogram_match: bool = False
    """The decoded frames take the first frame's colour distribution, one transform for a window."""
    first_frame_conditioning: bool = True
    """Frame 0 is the clean first frame at every step; off, no first frame is made and the text alone decides."""
    first_frame_steps: int = 20
    first_frame_cfg: float = 3.0
    first_frame_style: str = "fill"
    """How the ControlNet is shown mask 0: outline or fill."""
    outline_width: int = 2
    """Of the scribble, in pixels."""
    control_strength: float = 1.0
    scribble_guidance: bool = True
    """The ControlNet acts on the conditional branch alone, so that first_frame_cfg amplifies the scribble too."""

    def __post_init__(self):
        check_size(self.height, self.width, CELL_PX)
        if self.restart_frame is None:
            object.__setattr__(self, "restart_frame", max(1, self.frames // 2))
        _check_numbers(self)
        _check_schedulers(self)
        self.sampling()
        self.prior()
        if not self.first_frame_conditioning and self.noise_prior.startswith("first_frame"):
            raise MaskVideoError(
                f"noise prior {self.noise_prior!r} shares a first frame and first_frame_conditioning is off: "
                "set noise_prior to random_vp, random or none"
            )

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    @property
    def statistics_by_mask(self) -> bool:
        """Whether statistics are taken by the masks, as ``GuidanceSettings`` says."""
        return self.sampling().statistics_by_mask

    def sampling(self) -> SampleSettings:
        """The part that one window is sampled with."""
        shared = {field.name for field in fields(SampleSettings)} & asdict(self).keys()
        values = {name: getattr(self, name) for name in shared}
        return SampleSettings(**values, first_frame=self.first_frame_conditioning)

    def prior(self):
        """The noise prior of every window, a ``core.noise_prior.NoisePrior``."""
        from ...core.noise_prior import NoisePrior  # imports torch

        return NoisePrior(self.noise_prior, self.alpha)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GenerateSettings:
        """From plain values; an unknown key is refused and the closest named."""
        from ...core.config import config_from_dict

        return config_from_dict(cls, values)


def _check_numbers(settings: GenerateSettings) -> None:
    if not 0 <= settings.seed < 2**32:
        raise MaskVideoError(f"seed is {settings.seed}: give a whole number from 0 to {2**32 - 1}")
    if settings.frames < 2:
        raise MaskVideoError(f"frames is {settings.frames}: a video has 2 or more")
    if settings.first_frame_cfg < 0:
        raise MaskVideoError(f"first_frame_cfg is {settings.first_frame_cfg:g}: give 0 or more, 1 is no guidance")
    if not 1 <= settings.restart_frame < settings.frames:
        nearest = min(max(settings.restart_frame, 1), settings.frames - 1)
        raise MaskVideoError(
            f"restart_frame is {settings.restart_frame}, a window has frames 0 to {settings.frames - 1}: give {nearest}"
        )


def _check_schedulers(settings: GenerateSettings) -> None:
    """Built once for the check alone: an unknown name or step count shall not wait for the model."""
    from .configs import component_config
    from .schedulers import build_scheduler

    for steps in (settings.steps, settings.first_frame_steps):
        build_scheduler(settings.scheduler, component_config("scheduler"), steps)
