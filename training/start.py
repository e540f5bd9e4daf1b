"""A run that begins from an existing motion file: its weights, with an optimiser and a random state of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from ..core.config import config_from_dict
from ..core.errors import MaskVideoError
from ..core.motion_module import MotionConfig
from ..core.video_model import Architecture
from ..files.motion_file import load_motion, read_motion_metadata
from .config import TrainConfig


@dataclass(frozen=True)
class MotionStart:
    """Where a run begins. ``weights`` as ``MotionModule.state_dict`` has them, ``motion`` what they were built from."""

    file: str
    sha256: str
    motion: MotionConfig
    weights: Mapping[str, Tensor]

    @property
    def record(self) -> dict[str, str]:
        """What the new motion file says of it: the file's name, without its folder, and its hash."""
        return {"file": self.file, "sha256": self.sha256}


def read_start(path: str | Path, architecture: Architecture) -> MotionStart:
    """Read the motion file ``path`` for a base of this ``architecture``; raises as ``load_motion`` does."""
    loaded = load_motion(path, architecture)
    motion = config_from_dict(MotionConfig, dict(loaded.metadata.motion))
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return MotionStart(Path(path).name, digest, motion, loaded.module.state_dict())


def settings_of(path: str | Path) -> TrainConfig:
    """The settings that the motion file ``path`` was trained with; raises as ``load_motion`` does.

    A file that another program trained says less: there the rest are defaults.
    """
    metadata = read_motion_metadata(path)
    width, height = metadata.resolution
    known = {"frames": metadata.frames, "width": width, "height": height}
    known |= {"noise_prior": metadata.noise_prior, "alpha": metadata.alpha}
    return TrainConfig.from_dict({**known, **metadata.training, "motion": dict(metadata.motion)})


def check_start(start: MotionStart, motion: MotionConfig) -> None:
    """Raise ``MaskVideoError``, naming every difference, unless a run of ``motion`` can begin from ``start``."""
    saved, wanted = asdict(start.motion), asdict(motion)
    differing = [name for name in wanted if wanted[name] != saved[name]]
    if differing:
        found = "; ".join(f"motion.{name} {saved[name]}, this run {wanted[name]}" for name in differing)
        cures = " and ".join(f"motion.{name} to {saved[name]}" for name in differing)
        raise MaskVideoError(f"start {start.file} has {found}: set {cures}, or start anew")
