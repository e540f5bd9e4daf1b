"""Everything a few-shot training run is told, with the consequence beside each default."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ..core.config import config_from_dict
from ..core.errors import MaskVideoError
from ..core.motion_module import MotionConfig
from ..core.noise_prior import NOISE_PRIORS
from ..files.atomic import atomic_path
from .precision import PRECISIONS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SIZE_MULTIPLE = 8
"""Pixels of one latent cell."""


@dataclass(frozen=True)
class TrainConfig:
    """One training run; the resolved values travel in the motion file's metadata."""

    steps: int = 600  # the paper: 15,000 on SD1.4
    learning_rate: float = 3e-4  # the paper: 3e-5, for its 15,000 steps
    warmup: int = 20  # steps of linear rise; the zero-initialised layers start without a jump
    schedule: str = "cosine"  # or "constant"; cosine ends at a tenth of learning_rate
    batch_size: int = 1  # clips in a step, of all processes together; memory grows in proportion
    frames: int = 16  # of one clip: what one window generates later; memory grows in proportion
    frame_step: int = 1  # 2 takes every second frame: faster motion in the same window
    width: int = 256  # pixels, the demo model's; an SD1.x checkpoint is at its best near 512
    height: int = 160
    aspect_buckets: bool = False  # each clip at the size of about this area that fits its shape, batches of one shape
    flips: bool = True  # mirror half of the clips; off where left and right mean something
    noise_prior: str = "first_frame"  # the paper's (Fig. 3): as sampling starts; "none" follows masks less closely
    alpha: float = 0.2  # share of the common part in noise_prior
    mask_drop: float = 0.1  # share of clips trained without masks, so that guidance on the mask has a reference
    text_drop: float = 0.1  # share of clips trained on the empty prompt, for classifier-free guidance
    mask_weight: float = 0.0  # extra loss inside the mask, by its area in each frame: small objects count
    consistency_weight: float = 0.0  # pull to what is predicted without what trains (MVideo eq. 2); one more forward
    timestep_sampling: str = "uniform"  # "high_noise" trains layout, hence place, more than texture
    gradient_checkpointing: bool = False  # about a seventh less memory, a fifth more time (docs/results.md)
    precision: str = "float32"  # "bfloat16", "float16" (older GPUs): the model in half the memory; weights stay float32
    optimiser: str = "adamw"  # "adamw8bit" keeps its two moments in a quarter of the memory; needs bitsandbytes
    weight_decay: float = 0.01  # of matrices and kernels; biases and scales decay by nothing
    betas: tuple[float, float] = (0.9, 0.999)
    grad_clip: float = 1.0  # largest norm of the whole gradient; 0 is off
    ema_decay: float = 0.0  # 0.99 exports a running average of about 100 steps; 0 exports the last weights
    save_every: int = 100  # steps lost at most when the machine dies
    seed: int = 0
    motion: MotionConfig = field(default_factory=MotionConfig)

    def __post_init__(self):
        for check in (_check_counts, _check_size, _check_fractions, _check_choices):
            check(self)

    def to_dict(self) -> dict:
        """Plain values only, for JSON and TOML."""
        return {**asdict(self), "betas": list(self.betas)}

    @classmethod
    def from_dict(cls, values: Mapping) -> TrainConfig:
        """The inverse of ``to_dict``; ``MaskVideoError`` names an unknown key's closest known one."""
        return config_from_dict(cls, values)

    @classmethod
    def from_toml(cls, path: str | Path) -> TrainConfig:
        """Read a TOML file: keys as the fields above, ``[motion]`` as a table of its own."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise MaskVideoError(f"config {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise MaskVideoError(f"config {path} is no TOML: {error}") from error
        return cls.from_dict(parse_toml(text, f"config {path}"))


def parse_toml(text: str, source: str) -> dict:
    """The plain values of a TOML text; ``MaskVideoError`` names ``source`` where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MaskVideoError(f"{source} is no TOML: {error}") from error


def write_config(path: str | Path, config: TrainConfig) -> None:
    """Write ``config`` as TOML that ``TrainConfig.from_toml`` reads back; a file that says the same already stays."""
    values = config.to_dict()
    motion = values.pop("motion")
    text = "\n".join([*_toml_lines(values), "", "[motion]", *_toml_lines(motion), ""])
    if Path(path).exists() and Path(path).read_text(encoding="utf-8") == text:
        return
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _toml_lines(values: Mapping) -> list[str]:
    """JSON's numbers, strings, lists and truth values are TOML's too."""
    return [f"{key} = {json.dumps(value)}" for key, value in values.items()]


def _check_counts(config: TrainConfig) -> None:
    for name in ("steps", "batch_size", "frames", "frame_step", "save_every", "learning_rate"):
        value = getattr(config, name)
        if value <= 0:
            raise MaskVideoError(f"{name} is {value}, it must be above 0: the default is {default_of(name)}")
    if config.frames < 2:
        raise MaskVideoError("frames is 1, the loss leaves out the first frame: give 2 or more")
    if config.frames > config.motion.frames:
        raise MaskVideoError(
            f"frames is {config.frames}, the motion module counts to {config.motion.frames}: "
            f"set motion.frames to {config.frames}, or frames to {config.motion.frames}"
        )


def _check_size(config: TrainConfig) -> None:
    for name in ("width", "height"):
        value = getattr(config, name)
        if value < SIZE_MULTIPLE or value % SIZE_MULTIPLE:
            nearest = max(SIZE_MULTIPLE, round(value / SIZE_MULTIPLE) * SIZE_MULTIPLE)
            raise MaskVideoError(
                f"{name} is {value}, it must be divisible by {SIZE_MULTIPLE}: {nearest} is the nearest"
            )


def _check_fractions(config: TrainConfig) -> None:
    if not all(0 <= beta < 1 for beta in config.betas) or len(config.betas) != 2:
        raise MaskVideoError(
            f"betas are {list(config.betas)}, they must be two values from 0 to below 1: 0.9 and 0.999"
        )
    if config.ema_decay == 1:
        raise MaskVideoError("ema_decay is 1, the average would never move: 0.999 is the nearest useful, 0 is off")
    for name in ("alpha", "mask_drop", "text_drop", "ema_decay"):
        value = getattr(config, name)
        if not 0 <= value <= 1:
            raise MaskVideoError(f"{name} is {value}, it must lie in 0..1: {min(max(value, 0), 1)} is the nearest")
    for name in ("warmup", "mask_weight", "consistency_weight", "weight_decay", "grad_clip"):
        if getattr(config, name) < 0:
            raise MaskVideoError(f"{name} is {getattr(config, name)}, it must not be negative: 0 switches it off")


def _check_choices(config: TrainConfig) -> None:
    choices = {
        "schedule": ("cosine", "constant"),
        "noise_prior": NOISE_PRIORS,
        "timestep_sampling": ("uniform", "high_noise"),
        "precision": PRECISIONS,
        "optimiser": ("adamw", "adamw8bit"),
    }
    for name, allowed in choices.items():
        if getattr(config, name) not in allowed:
            raise MaskVideoError(f'{name} is "{getattr(config, name)}", it must be one of: {", ".join(allowed)}')


def default_of(name: str):
    """The default of one field, for messages and help texts."""
    return {item.name: item.default for item in fields(TrainConfig)}[name]
