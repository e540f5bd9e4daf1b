"""Trajectories that the editor's tests share, and how alike two masks are."""

from __future__ import annotations

import json

import numpy as np

WIDTH, HEIGHT, FRAMES = 208, 128, 9
LEAST_IOU = 0.98
STAR = [
    [round(r * np.sin(i * np.pi / 5), 4), round(-r * np.cos(i * np.pi / 5), 4)]
    for i in range(10)
    for r in ([0.3, 0.14][i % 2],)
]
WAY = [{"time": 0, "x": 0.2, "y": 0.7}, {"time": 0.4, "x": 0.5, "y": 0.3}, {"time": 1, "x": 0.8, "y": 0.6}]
CROSSED = [[-0.31, -0.2], [0.29, 0.25], [0.3, -0.21], [-0.29, 0.2]]
STROKES = [
    {"radius": 0.1, "points": [[-0.3, 0], [0, 0.12], [0.3, -0.1]]},
    {"radius": 0.05, "points": [[0, 0.1]], "erase": True},
    {"radius": 0.06, "points": [[0.3, 0.2]]},
]


def trajectory(*objects, camera=()):
    """JSON text of objects whose names are given where they have none."""
    named = [{"name": f"object {index}", "position": WAY, **one} for index, one in enumerate(objects, 1)]
    return json.dumps({"format": "maskvideo trajectory", "version": 1, "objects": named, "camera": list(camera)})


ELLIPSE = {"shape": {"kind": "ellipse", "width": 0.6, "height": 0.4}}
POLYGON = {"shape": {"kind": "polygon", "points": STAR}}
CAMERA = (
    {"time": 0},
    {"time": 0.5, "x": 0.4, "y": 0.45, "zoom": 1.6, "roll": 12, "easing": "linear"},
    {"time": 1, "zoom": 0.8},
)
CASES = {
    "smooth way": trajectory(ELLIPSE),
    "linear, then held": trajectory(
        ELLIPSE
        | {
            "position": [
                one | {"easing": easing} for one, easing in zip(WAY, ("linear", "hold", "smooth"), strict=True)
            ]
        }
    ),
    "curve between straight lines": trajectory(
        POLYGON
        | {
            "position": [
                {"time": time, "x": x, "y": y, "easing": easing}
                for time, x, y, easing in [
                    (0, 0.2, 0.5, "linear"),
                    (0.2, 0.3, 0.3, "smooth"),
                    (0.45, 0.5, 0.7, "smooth"),
                    (0.7, 0.7, 0.3, "linear"),
                    (1, 0.8, 0.5, "linear"),
                ]
            ]
        }
    ),
    "scaled and turned": trajectory(
        POLYGON
        | {
            "scale": [{"time": 0, "scale": 0.7}, {"time": 0.6, "scale": 1.5}, {"time": 1, "scale": 1}],
            "rotation": [{"time": 0.1, "rotation": -40}, {"time": 0.9, "rotation": 300, "easing": "linear"}],
        }
    ),
    "comes, hides, goes": trajectory(
        ELLIPSE
        | {
            "start": 0.125,
            "end": 0.875,
            "visible": [
                {"time": 0, "visible": True},
                {"time": 0.375, "visible": False},
                {"time": 0.5, "visible": True},
            ],
        }
    ),
    "times between digits": trajectory(ELLIPSE | {"start": 0.333333, "end": 0.666667}),
    "crossed outline": trajectory({"shape": {"kind": "polygon", "points": CROSSED}}),
    "painted and erased": trajectory(
        {"shape": {"kind": "brush", "strokes": STROKES}, "rotation": [{"time": 0, "rotation": 30}]}
    ),
    "rectangle out of the picture": trajectory(
        {
            "shape": {"kind": "rectangle", "width": 0.7, "height": 0.5},
            "position": [{"time": 0, "x": -0.05, "y": 0.5}, {"time": 1, "x": 1.6, "y": 1}],
        }
    ),
    "two under a camera": trajectory(ELLIPSE, POLYGON | {"position": [{"time": 0, "x": 0.5, "y": 0.5}]}, camera=CAMERA),
}


def least_iou(first, second):
    """The least overlap over all frames and objects: [N, T, H, W] each; two empty masks agree."""
    shared = (first & second).sum((-1, -2))
    union = (first | second).sum((-1, -2))
    return float(np.min(np.where(union, shared / np.maximum(union, 1), 1)))
