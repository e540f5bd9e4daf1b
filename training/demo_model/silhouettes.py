"""Silhouettes of the synthetic world: unit-size outlines that can deform with a phase."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Outlines = list[np.ndarray]
"""Polygons ``[points, 2]`` (x, y), about within the unit circle; the silhouette is their union."""
Silhouette = Callable[[float], Outlines]
"""Phase in radians -> outlines; rigid shapes ignore the phase."""


def regular_polygon(corners: int, inner_radius: float = 1.0) -> np.ndarray:
    """A polygon, or a star where ``inner_radius`` is below 1: ``[points, 2]``."""
    points = corners if inner_radius == 1.0 else 2 * corners
    angles = 2 * np.pi * np.arange(points) / points - np.pi / 2
    radii = np.where(np.arange(points) % 2 == 0, 1.0, inner_radius)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def ellipse(centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0) -> np.ndarray:
    """An ellipse as 40 points, turned by ``angle`` radians."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([radii[0] * np.cos(t), radii[1] * np.sin(t)], axis=1)
    return points @ _rotation(angle).T + centre


def limb(start: tuple[float, float], angle: float, length: float, width: float) -> np.ndarray:
    """A tapered quadrilateral that leaves ``start`` at ``angle`` (0 points down)."""
    direction = np.array([np.sin(angle), np.cos(angle)])
    across = np.array([direction[1], -direction[0]])
    base, tip = np.asarray(start), np.asarray(start) + length * direction
    return np.stack(
        [base + width * across, tip + 0.6 * width * across, tip - 0.6 * width * across, base - width * across]
    )


def smooth_blob(rng: np.random.Generator) -> Silhouette:
    """A closed curve with random Fourier radii that drift with the phase."""
    orders = np.arange(2, 8)
    amplitude = rng.uniform(0, 0.4) * rng.uniform(0, 1, len(orders)) / orders**0.5
    offset, speed = rng.uniform(0, 2 * np.pi, len(orders)), rng.uniform(-1, 1, len(orders))
    theta = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    stretch = np.array([1.0, rng.uniform(0.5, 1.0)])

    def outlines(phase: float) -> Outlines:
        waves = np.cos(theta[:, None] * orders + offset + speed * phase)
        radius = (1 + waves @ amplitude) / (1 + amplitude.sum())
        return [np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=1) * stretch]

    return outlines


def creature(rng: np.random.Generator) -> Silhouette:
    """A body with a head, a tail and swinging legs: thin parts as real animals have them."""
    body = (rng.uniform(0.45, 0.75), rng.uniform(0.18, 0.34))
    head = (rng.uniform(0.12, 0.22), rng.uniform(0.1, 0.18))
    neck = (rng.uniform(0.6, 0.85), rng.uniform(-0.55, -0.1))
    legs = np.linspace(-0.75, 0.75, rng.integers(2, 5)) * body[0]
    length, width, swing = rng.uniform(0.35, 0.75), rng.uniform(0.035, 0.11), rng.uniform(0.2, 0.7)
    offset = rng.uniform(0, 2 * np.pi, len(legs))

    def outlines(phase: float) -> Outlines:
        parts = [ellipse((0, -0.1), body), ellipse(neck, head, 0.3)]
        parts.append(limb((0.6 * body[0], -0.15), np.arctan2(neck[0] - 0.6 * body[0], neck[1] + 0.15), 0.45, 0.1))
        parts.append(limb((-body[0] * 0.9, -0.15), -1.2 + 0.4 * np.sin(phase), rng_tail, 0.05))
        parts += [limb((x, 0.0), swing * np.sin(phase + o), length, width) for x, o in zip(legs, offset, strict=True)]
        return parts

    rng_tail = rng.uniform(0.1, 0.5)
    return outlines


def composite_blob(rng: np.random.Generator) -> Silhouette:
    """Two to four overlapping ellipses, as a car or a rider shows them."""
    count = rng.integers(2, 5)
    centres = rng.uniform(-0.5, 0.5, (count, 2)) * [1.0, 0.6]
    radii = rng.uniform(0.15, 0.5, (count, 2))
    angles = rng.uniform(0, np.pi, count)

    def outlines(phase: float) -> Outlines:
        sway = 0.15 * np.sin(phase + np.arange(count))
        return [ellipse(tuple(c), tuple(r), a + s) for c, r, a, s in zip(centres, radii, angles, sway, strict=True)]

    return outlines


def silhouette(kind: str, rng: np.random.Generator) -> Silhouette:
    """A random silhouette of one of ``KINDS``."""
    if kind == "blob":
        return rng.choice([smooth_blob, creature, composite_blob], p=[0.35, 0.4, 0.25])(rng)
    rigid = {
        "circle": lambda: regular_polygon(48),
        "square": lambda: regular_polygon(4),
        "triangle": lambda: regular_polygon(3),
        "pentagon": lambda: regular_polygon(5),
        "star": lambda: regular_polygon(5, rng.uniform(0.38, 0.55)),
    }[kind]()
    return lambda phase: [rigid]


KINDS = ("blob", "circle", "star", "square", "triangle", "pentagon")


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def place(outlines: Outlines, centre: tuple[float, float], scale: float, angle: float, flip: bool) -> Outlines:
    """Unit outlines to pixels: flip, turn, scale (pixels), then move to ``centre`` (pixels)."""
    mirror = np.array([-1.0 if flip else 1.0, 1.0])
    return [(points * mirror) @ _rotation(angle).T * scale + centre for points in outlines]
