"""The videos of an ablation: clips of masks, drawn trajectories, seeds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError

if TYPE_CHECKING:
    from torch import Tensor

    from ..evaluation.ablation import Case

PROMPTS = ("a red blob on a blue background",)
SEEDS = (0, 1, 2)


def add_case_flags(parser: argparse.ArgumentParser) -> None:
    """Which masks, prompts and seeds."""
    group = parser.add_argument_group("videos", "one for each clip and seed, under every variant")
    group.add_argument(
        "--masks",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders or videos of masks; of each, --frames masks evenly spaced over it",
    )
    group.add_argument("--drawn", type=int, default=0, metavar="N", help="also N drawn trajectories (0)")
    group.add_argument("--drawn-seed", type=int, default=1000, metavar="N", help="which ones they are (1000)")
    group.add_argument(
        "--seeds", type=int, nargs="+", default=list(SEEDS), metavar="N", help=f"({' '.join(map(str, SEEDS))})"
    )
    group.add_argument(
        "--prompt", nargs="+", default=list(PROMPTS), metavar="TEXT", help=f'taken in turn ("{PROMPTS[0]}")'
    )


def read_cases(args: argparse.Namespace, frames: int, size: tuple[int, int]) -> list[Case]:
    """Every clip with every seed; the prompts take turns.

    Raises ``MaskVideoError`` where there is no clip, one cannot guide a video or two have one name.
    """
    from ..evaluation.ablation import Case

    clips = _read_clips(args, frames, size)
    pairs = [(name, seed) for name in clips for seed in dict.fromkeys(args.seeds)]
    return [
        Case(name, clips[name], args.prompt[index % len(args.prompt)], seed) for index, (name, seed) in enumerate(pairs)
    ]


def clip_name(path: Path) -> str:
    """The folder's name, or its parent's where that is only "masks"."""
    path = path.absolute()
    return path.parent.name if path.stem == "masks" else path.stem


def _read_clips(args: argparse.Namespace, frames: int, size: tuple[int, int]) -> dict[str, Tensor]:
    from ..mask_tools.draw import draw_masks, unseen_trajectories
    from ..mask_tools.prepare import prepare_tracks
    from ..mask_tools.track_sources import open_tracks

    if not args.masks and args.drawn < 1:
        raise MaskVideoError("there is nothing to make videos of: give --masks DIR..., --drawn N, or both")
    clips = {}
    for path in map(Path, args.masks):
        name = clip_name(path)
        if name in clips:
            raise MaskVideoError(f"two clips are called {name!r}, one is {path}: rename a folder")
        clips[name] = prepare_tracks(open_tracks(path), frames, size, take=frames)[0]
    for index, trajectory in enumerate(unseen_trajectories(max(args.drawn, 0), args.drawn_seed)):
        clips[f"drawn {args.drawn_seed}.{index} {trajectory.shape}"] = draw_masks(trajectory, frames, size)
    return clips
