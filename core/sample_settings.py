"""How masks and statistics guide the sampling of one window, whatever samples it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import MaskVideoError

ADAIN_STEPS = ("off", "end", "last_half", "all")


@dataclass(frozen=True)
class GuidanceSettings:
    """The defaults are a start, not a finding. Raises ``MaskVideoError`` on a value outside its range."""

    mask_strength: float = 1.0
    """Multiplies the mask features: 0 switches the mask branch off, 1 is as trained."""
    mask_start_fraction: float = 0.0
    """The mask acts from this part of the steps on ..."""
    mask_end_fraction: float = 1.0
    """... up to this one."""
    mask_guidance: bool = False
    """The mask is dropped in the unconditional branch, so that cfg amplifies it as it does the text."""
    adain: Literal["off", "end", "last_half", "all"] = "off"
    """In which steps the predicted clean frames take the first frame's statistics; "end" is the result alone."""
    adain_regions: bool = True
    """Statistics of foreground and background apart, by the masks."""
    first_frame_conditioning: bool = True
    """Frame 0 is the clean first frame at every step (MaskVideo 3.2); off, it is sampled like the others."""

    def __post_init__(self):
        if self.adain not in ADAIN_STEPS:
            raise MaskVideoError(f"adain {self.adain!r} is unknown: use one of {', '.join(ADAIN_STEPS)}")
        if self.mask_strength < 0:
            raise MaskVideoError(f"mask_strength is {self.mask_strength:g}: give 0 or more")
        if not 0 <= self.mask_start_fraction <= self.mask_end_fraction <= 1:
            raise MaskVideoError(
                f"the mask acts from {self.mask_start_fraction:g} to {self.mask_end_fraction:g} of the steps: "
                "give two rising values between 0 and 1"
            )

    @property
    def statistics_by_mask(self) -> bool:
        """Whether statistics are taken by the masks.

        Not without the mask branch: statistics by region give whatever is inside a mask the object's colour, so the
        masks would still place it.
        """
        return self.adain_regions and self.mask_strength > 0

    def mask_acts(self, fraction: float) -> bool:
        """Whether the mask acts in a step, ``fraction`` (0..1, below 1) of the way."""
        return self.mask_strength > 0 and self.mask_start_fraction <= fraction < self.mask_end_fraction

    def adain_acts(self, fraction: float) -> bool:
        """Whether the clean prediction of a step, ``fraction`` of the way, takes the first frame's statistics."""
        return self.adain == "all" or (self.adain == "last_half" and fraction >= 0.5)
