"""From a prompt to the object's mask on that frame: a mask is taken, a box or points are cut out by GrabCut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from .prompts import ObjectPrompt

ROUNDS = 5
DISK = 1 / 48  # radius of the ground that a point is sure of, as a fraction of the shorter side
REACH = 1 / 3  # how far from the points, where nothing else is known, the object may extend
CORE = 1 / 12  # radius of what is likely the object around a point
COLOUR_REACH = 16.0  # distance in 8-bit CIELAB, lightness halved, up to which a colour is the point's at least


def seed_mask(rgb: np.ndarray, prompt: ObjectPrompt, last: np.ndarray | None = None) -> np.ndarray:
    """The object's mask, float32 [H, W] of 0 and 1, at the frame's size; empty where points' cut finds nothing.

    Where the cut of a box finds nothing, as on a black frame, the box itself is the mask.

    rgb: uint8 [H, W, 3]. prompt: its mask counts before its box, its box before its points; points always hold where
    they are. last: [H, W], 0..1, what the tracker found itself, which points alone correct.
    """
    size = rgb.shape[:2]
    if prompt.mask is not None:
        given = cv2.resize(prompt.mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
        return given if not prompt.points else _cut(rgb, _from_mask(given), prompt.points)
    if prompt.box is not None:
        boxed = _from_box(size, prompt.box)
        found = _cut(rgb, boxed.copy(), prompt.points)
        return found if found.any() else (boxed > 0).astype(np.float32)
    if last is not None and (last > 0.5).any():
        return _cut(rgb, _from_mask(last), prompt.points)
    return _cut(rgb, _from_points(rgb, prompt.points), prompt.points)


def _from_mask(mask: np.ndarray) -> np.ndarray:
    """Trimap (GrabCut's four labels): the mask's core is kept, its outline is open, what is far away is background."""
    sure = max(1, round(0.1 * np.sqrt((mask > 0.5).sum())))
    square = np.ones((2 * sure + 1, 2 * sure + 1), np.uint8)
    inside = (mask > 0.5).astype(np.uint8)
    trimap = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    trimap[cv2.dilate(inside, square, iterations=2) == 0] = cv2.GC_BGD
    trimap[cv2.erode(inside, square) > 0] = cv2.GC_FGD
    return trimap.astype(np.uint8)


def _from_box(size: tuple[int, int], box: tuple[float, float, float, float]) -> np.ndarray:
    trimap = np.full(size, cv2.GC_BGD, np.uint8)
    x0, x1 = (round(side * size[1]) for side in (box[0], box[2]))
    y0, y1 = (round(side * size[0]) for side in (box[1], box[3]))
    trimap[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] = cv2.GC_PR_FGD
    return trimap


def _from_points(rgb: np.ndarray, points: tuple) -> np.ndarray:
    """What lies around the points, or looks like them and hangs together with them, is likely the object."""
    size, lab = rgb.shape[:2], cv2.cvtColor(cv2.medianBlur(rgb, 5), cv2.COLOR_RGB2LAB) * np.float32([0.5, 1, 1])
    inside = [point for point in points if point[2]]
    trimap = np.full(size, cv2.GC_BGD, np.uint8)
    for point in inside:
        trimap[_disk(size, point, REACH)] = cv2.GC_PR_BGD
    for point in inside:
        trimap[_disk(size, point, CORE) | _alike(lab, point)] = cv2.GC_PR_FGD
    return trimap


def _alike(lab: np.ndarray, point: tuple[float, float, int]) -> np.ndarray:
    """Bool [H, W]: connected to a point by colours that vary no more than twice as much as those around it do."""
    core = _disk(lab.shape[:2], point, CORE / 2)
    colour = np.median(lab[core], axis=0)
    distance = np.linalg.norm(lab - colour, axis=-1)
    alike = (distance < max(COLOUR_REACH, 2 * float(np.median(distance[core])))) & _disk(core.shape, point, REACH)
    _, labels = cv2.connectedComponents(alike.astype(np.uint8))
    return np.isin(labels, np.unique(labels[core & alike])) & alike


def _cut(rgb: np.ndarray, trimap: np.ndarray, points: tuple) -> np.ndarray:
    """GrabCut (Rother et al., SIGGRAPH 2004) from a trimap and points, then only pieces that a prompt speaks for."""
    for point in points:
        trimap[_disk(trimap.shape, point, DISK)] = cv2.GC_FGD if point[2] else cv2.GC_BGD
    foreground = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    if not foreground.any():
        return np.zeros(trimap.shape, np.float32)
    if foreground.all() or not _enough(foreground):
        return foreground.astype(np.float32)
    cv2.setRNGSeed(0)
    cut = trimap.copy()
    cv2.grabCut(rgb[..., ::-1].copy(), cut, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = ((cut == cv2.GC_FGD) | (cut == cv2.GC_PR_FGD)).astype(np.uint8)
    return _spoken_for(found, [point for point in points if point[2]]).astype(np.float32)


def _spoken_for(found: np.ndarray, points: list) -> np.ndarray:
    """The pieces that a point lies in; without points, those of at least a fifth of the largest one's area."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if points and found.any():
        touched = np.unique(np.concatenate([labels[_disk(found.shape, point, DISK)] for point in points]))
        return np.isin(labels, touched[touched > 0])
    return np.isin(labels, 1 + np.flatnonzero(areas >= 0.2 * areas.max())) if len(areas) else found


def _disk(size: tuple[int, int], point: tuple[float, float, int], radius: float) -> np.ndarray:
    """Bool [H, W]: within `radius` shorter sides of a point; the point's own pixel at least."""
    y, x = np.mgrid[: size[0], : size[1]]
    column, row = min(int(point[0] * size[1]), size[1] - 1), min(int(point[1] * size[0]), size[0] - 1)
    return (x - column) ** 2 + (y - row) ** 2 <= max(1.0, (radius * min(size)) ** 2)


def _enough(foreground: np.ndarray) -> bool:
    """GrabCut fits five Gaussians to each side: with fewer pixels than that it fails."""
    return min(np.count_nonzero(foreground), np.count_nonzero(~foreground)) >= 10
