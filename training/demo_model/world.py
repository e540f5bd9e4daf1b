"""The synthetic world: flat-coloured silhouettes on coloured, slightly textured backgrounds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...evaluation.colour_words import COLOUR_WORDS
from .silhouettes import KINDS, Outlines, place, silhouette


@dataclass(frozen=True)
class Scene:
    """What stays the same through a clip."""

    kind: str
    colour: str
    ground: str
    foreground_rgb: np.ndarray
    backdrop: np.ndarray
    """float32 ``[H, W, 3]`` in 0..255."""


def random_scene(rng: np.random.Generator, size: tuple[int, int], kind: str) -> Scene:
    """Two different colours and a backdrop of ``size`` (height, width)."""
    colour, ground = rng.choice(list(COLOUR_WORDS), 2, replace=False)
    jitter = rng.uniform(-8, 8, (2, 3))
    return Scene(
        kind,
        str(colour),
        str(ground),
        np.array(COLOUR_WORDS[colour]) + jitter[0],
        _backdrop(rng, np.array(COLOUR_WORDS[ground]) + jitter[1], size),
    )


def _backdrop(rng: np.random.Generator, rgb: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A base colour with a soft, low-frequency texture and a gradient, float32 ``[H, W, 3]``."""
    height, width = size
    coarse = rng.normal(0, rng.uniform(0, 5), (5, 8, 1)).astype(np.float32)
    texture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    gradient = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None] * rng.uniform(-8, 8)
    return np.asarray(rgb, np.float32) + texture + gradient


def rasterise(outlines: Outlines, size: tuple[int, int]) -> np.ndarray:
    """Antialiased coverage of the union, float32 ``[H, W]`` in 0..1."""
    canvas = np.zeros(size, np.uint8)
    for points in outlines:
        cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return canvas.astype(np.float32) / 255


def paint(scene: Scene, coverage: np.ndarray) -> np.ndarray:
    """The silhouette over its backdrop, uint8 ``[H, W, 3]``."""
    alpha = coverage[..., None]
    return np.clip(scene.backdrop * (1 - alpha) + scene.foreground_rgb * alpha, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Variety:
    """Which pictures to draw: how often a blob, and the range of sizes as fractions of the picture's height."""

    blobs: float = 0.5
    scales: tuple[float, float] = (0.08, 0.6)


USUAL = Variety()
SMALL_BLOBS = Variety(blobs=0.9, scales=(0.07, 0.4))


def draw_picture(
    rng: np.random.Generator, size: tuple[int, int], variety: Variety = USUAL
) -> tuple[np.ndarray, np.ndarray, Scene]:
    """One picture: image uint8 ``[H, W, 3]``, mask coverage float32 ``[H, W]`` and its scene."""
    others = (1 - variety.blobs) / (len(KINDS) - 1)
    scene = random_scene(rng, size, str(rng.choice(KINDS, p=[variety.blobs] + [others] * (len(KINDS) - 1))))
    height, width = size
    scale = height * np.exp(rng.uniform(*np.log(variety.scales)))
    centre = (rng.uniform(0.08, 0.92) * width, rng.uniform(0.12, 0.88) * height)
    shape = silhouette(scene.kind, rng)(rng.uniform(0, 2 * np.pi))
    turn = rng.uniform(-np.pi, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.15)
    coverage = rasterise(place(shape, centre, scale, turn, rng.random() < 0.5), size)
    return paint(scene, coverage), coverage, scene


def draw_clip(rng: np.random.Generator, frames: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A clip of one moving, deforming blob: images uint8 ``[T, H, W, 3]`` and masks uint8 ``[T, H, W]`` (0 or 255)."""
    scene = random_scene(rng, size, "blob")
    height, width = size
    shape, flip = silhouette("blob", rng), bool(rng.random() < 0.5)
    knots = np.linspace(0, 1, 4)
    across = np.interp(np.linspace(0, 1, frames), knots, rng.permutation(rng.uniform(0.15, 0.85, 4))) * width
    down = np.interp(np.linspace(0, 1, frames), knots, rng.uniform(0.25, 0.75, 4)) * height
    scale = height * np.exp(np.interp(np.linspace(0, 1, frames), knots, rng.uniform(np.log(0.1), np.log(0.5), 4)))
    turn = np.interp(np.linspace(0, 1, frames), knots, rng.normal(0, 0.6, 4))
    images, masks = [], []
    for i in range(frames):
        coverage = rasterise(place(shape(0.6 * i), (across[i], down[i]), scale[i], turn[i], flip), size)
        images.append(paint(scene, coverage))
        masks.append(np.where(coverage > 0.5, 255, 0).astype(np.uint8))
    return np.stack(images), np.stack(masks)
