"""Every setting of a generated video. Light to import: the command line reads its defaults for ``--help``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ...core.errors import MaskVideoError
from ...core.sample_presets import as_trained, deviations
from ...core.windows import WINDOWS, Window, plan_windows
from ...mask_tools.check import check_size
from .sample_settings import SampleSettings

if TYPE_CHECKING:
    from ...core.motion_format import MotionMetadata

CELL_PX = 8
"""Pixels of one latent cell of SD1.x along one axis."""
UNTRAINED = as_trained(None)
"""What settings mean that are left to a motion's training, where there is no motion."""


@dataclass(frozen=True)
class GenerateSettings:
    """What a video is made from, besides models and masks. Raises ``MaskVideoError`` on a value outside its range.

    ``mask_guidance``, ``noise_prior`` and ``alpha`` are None where the motion's training decides (``for_motion``).
    """

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
    windows: str = "fewest"
    """How windows share a long video: fewest, or even, ``restart_frame`` frames each (appendix C)."""
    seed: int = 0
    steps: int = 20
    cfg: float = 6.0
    """Classifier-free guidance of the video; 1 leaves the unconditional branch out and halves the time."""
    scheduler: str = "ddim"
    noise_prior: str | None = None
    """What the frames' noise has in common."""
    alpha: float | None = None
    """The share of the common part in ``noise_prior``."""
    mask_strength: float = 1.0
    """0 switches the mask branch off."""
    mask_start_fraction: float = 0.0
    mask_end_fraction: float = 1.0
    """The mask acts in this part of the steps."""
    mask_guidance: bool | None = None
    """The mask is dropped in the unconditional branch, so that cfg amplifies it as it does the text."""
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

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    @property
    def statistics_by_mask(self) -> bool:
        """Whether statistics are taken by the masks, as ``GuidanceSettings`` says."""
        return self.sampling().statistics_by_mask

    def for_motion(self, metadata: MotionMetadata | None) -> GenerateSettings:
        """With what is left to the motion's training filled in; without a motion, the defaults."""
        trained = as_trained(metadata)
        return replace(self, **{name: value for name, value in trained.items() if getattr(self, name) is None})

    def deviations(self, metadata: MotionMetadata | None) -> tuple[str, ...]:
        """What of these settings is not as a motion was trained, a sentence each."""
        return deviations(metadata, asdict(self))

    def plan(self, total_frames: int) -> list[Window]:
        """The windows of a video of ``total_frames``."""
        return plan_windows(total_frames, self.frames, self.restart_frame, self.windows)

    def sampling(self) -> SampleSettings:
        """The part that one window is sampled with."""
        filled = asdict(self) | self._filled()
        return SampleSettings(**{one.name: filled[one.name] for one in fields(SampleSettings)})

    def prior(self):
        """The noise prior of every window, a ``core.noise_prior.NoisePrior``."""
        from ...core.noise_prior import NoisePrior, check_prior  # imports torch

        filled = self._filled()
        prior = NoisePrior(filled["noise_prior"], filled["alpha"])
        check_prior(prior, self.first_frame_conditioning)
        return prior

    def _filled(self) -> dict[str, Any]:
        return {
            name: value if getattr(self, name) is None else getattr(self, name) for name, value in UNTRAINED.items()
        }

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
    if settings.windows not in WINDOWS:
        raise MaskVideoError(f"windows {settings.windows!r} is unknown: use one of {', '.join(WINDOWS)}")
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
