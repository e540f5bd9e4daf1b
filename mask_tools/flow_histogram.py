"""Soft histograms: counting pixels into cells, smoothing the counts, comparing two of them."""

import numpy as np

LIMIT = 4.0  # of one cue's log likelihood ratio: no cue is ever surer than 55 to 1


def count(bins: np.ndarray, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum of the weights in each bin. bins: int, flat index into `shape`; weights: same size. Float32 of `shape`."""
    return np.bincount(bins.ravel(), weights.ravel(), minlength=int(np.prod(shape))).astype(np.float32).reshape(shape)


def spread(counts: np.ndarray) -> np.ndarray:
    """Share each bin's count with its neighbours, 1-2-1 along every axis; the total stays."""
    for axis in range(counts.ndim):
        along = np.moveaxis(counts, axis, 0)
        smooth = along * 0.5
        smooth[1:] += 0.25 * along[:-1]
        smooth[:-1] += 0.25 * along[1:]
        smooth[0] += 0.25 * along[0]
        smooth[-1] += 0.25 * along[-1]
        counts = np.moveaxis(smooth, 0, axis)
    return np.ascontiguousarray(counts)


def shares(counts: np.ndarray) -> np.ndarray:
    """Counts as fractions of their total (all zero where nothing was counted)."""
    return counts / max(float(counts.sum()), 1e-6)


def log_ratio(for_object: np.ndarray, for_background: np.ndarray, floor: float, limit: float = LIMIT) -> np.ndarray:
    """log(p_object / p_background), limited; `floor` keeps bins that neither has seen at 0."""
    return np.clip(np.log((for_object + floor) / (for_background + floor)), -limit, limit)


class Cells:
    """The frame cut into square cells of `side_px`, for counts that differ from place to place.

    count: number of cells. Pixels outside the frame count for the nearest cell.
    """

    def __init__(self, size: tuple[int, int], side_px: float) -> None:
        self._side = max(side_px, 1.0)
        self._rows, self._columns = (int((length - 1) // self._side) + 2 for length in size)
        self.count = self._rows * self._columns
        self.shape = (self._rows, self._columns)

    def of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Flat cell index, int32, of positions in pixels."""
        row = np.clip(np.rint(y / self._side), 0, self._rows - 1)
        column = np.clip(np.rint(x / self._side), 0, self._columns - 1)
        return (row * self._columns + column).astype(np.int32)
