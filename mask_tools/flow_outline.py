"""The outline drawn to the image's edges, and stray pieces taken away."""

import cv2
import numpy as np

SMALLEST_PIECE = 12 / (288 * 512)  # of the frame; smaller is noise


def guided_filter(image: np.ndarray, values: np.ndarray, radius: int, smoothness: float) -> np.ndarray:
    """Smooth `values` with edges where the image has them (He et al., Guided Image Filtering, TPAMI 2013, eq. 19).

    image: uint8 RGB [H, W, 3]. values: float32 [H, W]. radius: of the window, in pixels. smoothness: the variance of
    colour (0..1) below which the image counts as flat. In each window values = a . colour + b by ridge regression;
    the 3 x 3 systems are solved by cofactors, all pixels at once.
    """
    colours = [np.ascontiguousarray(image[..., k], dtype=np.float32) / 255 for k in range(3)]

    def mean(plane):
        return cv2.boxFilter(plane, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    means, level = [mean(c) for c in colours], mean(values)
    slope = [mean(c * values) - m * level for c, m in zip(colours, means, strict=True)]
    (rr, rg, rb), (gg, gb), (bb,) = (
        [mean(colours[i] * colours[j]) - means[i] * means[j] + smoothness * (i == j) for j in range(i, 3)]
        for i in range(3)
    )
    rows = (
        (gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - gg * rb),
        (rb * gb - rg * bb, rr * bb - rb * rb, rg * rb - rr * gb),
        (rg * gb - gg * rb, rg * rb - rr * gb, rr * gg - rg * rg),
    )
    determinant = rr * rows[0][0] + rg * rows[0][1] + rb * rows[0][2]
    a = [sum(c * s for c, s in zip(row, slope, strict=True)) / determinant for row in rows]
    b = level - sum(k * m for k, m in zip(a, means, strict=True))
    return np.clip(sum(mean(k) * c for k, c in zip(a, colours, strict=True)) + mean(b), 0, 1)


def drop_strays(mask: np.ndarray, expected: np.ndarray, shape: np.ndarray, least_inside: float = 0.5) -> np.ndarray:
    """Make pieces doubtful that are not the object: specks, pieces that come from nowhere, pieces that drift off.

    mask: float [H, W], 0..1. expected: the carried mask. shape: the remembered shape, which moves with the object: a
    piece besides the largest must lie in it (on average `least_inside`), so a pole that was hiding the object does
    not stay with it.
    """
    pieces, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    if pieces == 1:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    carried, inside = (np.bincount(labels.ravel(), part.ravel(), pieces) for part in (expected > 0.5, shape))
    keep = (carried >= 0.2 * areas) & (areas >= SMALLEST_PIECE * mask.size)
    main = 1 + int(np.argmax(carried[1:]))
    keep &= (inside >= least_inside * areas) | (np.arange(pieces) == main)
    keep[0] = True
    return np.where(keep[labels], mask, 0.3 * mask).astype(np.float32)
