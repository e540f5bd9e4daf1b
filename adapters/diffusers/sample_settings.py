"""How one window is sampled."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import MaskVideoError
from ...core.sample_settings import GuidanceSettings


@dataclass(frozen=True)
class SampleSettings(GuidanceSettings):
    """Guidance, and what walks the noise schedule. Raises ``MaskVideoError`` on a value outside its range."""

    steps: int = 25
    cfg: float = 4.0
    """Classifier-free guidance; 1 leaves the unconditional branch out and halves the time."""
    scheduler: str = "ddim"

    def __post_init__(self):
        super().__post_init__()
        if self.cfg < 0:
            raise MaskVideoError(f"cfg is {self.cfg:g}: give 0 or more, 1 is no guidance")
