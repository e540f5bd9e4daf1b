"""What the weight-free tracker weighs against what. Lengths are fractions of the frame's shorter side."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FlowSettings:
    """One set for every clip, chosen on the DAVIS clips played forwards and judged on the same clips backwards.

    Weights multiply log likelihood ratios (natural logarithm), which add up to the log odds of "object" at a pixel.
    """

    prior_weight: float = 1.0
    """Of the last mask, carried by optical flow."""
    prior_floor: float = 0.03
    """The carried mask is never surer than this, so that evidence can bring a lost part back."""
    prior_blur: float = 0.1
    """Uncertainty of the carried outline, as a fraction of the object's size (square root of its area)."""
    uncovered_weight: float = 1.5
    """Against "object" where the two directions of flow disagree: what an object uncovers is background."""
    shape_share: float = 0.85
    """How sure the remembered shape is: it brings back what a pole or a tree hid for some frames."""
    shape_rate: float = 0.1
    """Share of a new mask in the remembered shape, per frame; less while the object is hidden."""
    belief_kept: float = 0.7
    """Share of the belief in the remembered shape that is left after each frame in which nothing speaks for it."""
    hidden_share: float = 0.3
    """With this share of its usual mass, the sum of its likeness, an object is in sight; with less it is looked for."""
    refound_share: float = 0.04
    """Share of its usual mass with which an object is found again,"""
    over_lookalikes: float = 3.0
    """and so many times the mass of what looked most like it elsewhere while it was in sight."""
    local_colour_weight: float = 0.75
    global_colour_weight: float = 0.25
    colour_memory: float = 0.7
    """Share of the local colour counts kept per frame: about three frames."""
    first_share: float = 0.5
    """Share of the prompted frame in the global colours, for good; the rest follows slowly (colour_rate)."""
    colour_rate: float = 0.05
    motion_weight: float = 0.75
    plate_weight: float = 0.5
    plate_rate: float = 0.3
    """Share of a new frame in the background plate where it is seen again."""
    colour_cell: float = 1 / 9
    motion_cell: float = 1 / 6
    plate_noise_reach: float = 1 / 14
    """Over which distance the plate's misfit on the background (parallax, noise) is averaged."""
    plate_noise_most: float = 2.0
    """That average is at most so many times the frame's median: an object that nobody follows is no noise."""
    reach: float = 1 / 14
    """How far beyond its carried mask an object may appear from one frame to the next."""
    outline_reach: float = 1 / 36
    """Radius of the guided filter that draws the outline to the image's edges."""
    outline_smoothness: float = 1e-3
