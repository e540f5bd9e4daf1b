"""The ablation: every variant on the same clips and seeds, and what each change costs or gains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from torch import Tensor

from .table import markdown_table
from .variants import FULL, Variant

METRICS = {
    "mask_miou": "mask mIoU",
    "colour_error_foreground": "object colour error",
    "colour_error_background": "background colour error",
    "prompt_colour_error_foreground": "error from the prompt's object colour",
    "palette_consistency": "palette consistency",
    "background_psnr_db": "background PSNR (dB)",
    "seconds": "seconds",
}


@dataclass(frozen=True)
class Case:
    """One video to make: a clip's masks ``[1, 1, T, H, W]``, a prompt and a seed."""

    clip: str
    masks: Tensor
    prompt: str
    seed: int


Score = Callable[[Variant, Case], Mapping[str, Any]]
"""Makes the video of a case under a variant and judges it: ``METRICS`` to numbers, None where one does not apply."""


def run_ablation(
    variants: Sequence[Variant],
    cases: Sequence[Case],
    score: Score,
    done: Iterable[Mapping[str, Any]] = (),
    on_run: Callable[[list[dict]], None] | None = None,
) -> list[dict]:
    """Score every case under every variant: one dict for each video, with its variant, clip and seed.

    ``done`` are such dicts of an interrupted ablation, which are not made again. ``on_run`` gets all dicts so far
    after each video, to save them.
    """
    runs = [dict(run) for run in done]
    finished = {_key(run["variant"], run["clip"], run["seed"]) for run in runs}
    for variant in variants:
        for case in cases:
            if _key(variant.name, case.clip, case.seed) in finished:
                continue
            scores = score(variant, case)
            kept = {name: scores.get(name) for name in METRICS}
            runs.append({"variant": variant.name, "clip": case.clip, "seed": case.seed, "prompt": case.prompt} | kept)
            if on_run is not None:
                on_run(runs)
    return runs


def summarise(variants: Sequence[Variant], runs: Sequence[Mapping[str, Any]]) -> list[dict]:
    """One dict for each variant that has runs: the mean of each metric, and what the change does to mask mIoU.

    ``mask_miou_difference`` is the mean over clips and seeds of the variant minus the full method on the same clip
    and seed, ``mask_miou_difference_error`` its standard error: a difference of less than two of them says little.
    """
    full = {_key("", run["clip"], run["seed"]): run["mask_miou"] for run in runs if run["variant"] == FULL}
    rows = []
    for variant in variants:
        own = _runs_of(variant, runs)
        if own:
            head = {"variant": variant.name, "group": variant.group, "videos": len(own)}
            means = {name: _mean(_known(name, own)) for name in METRICS}
            rows.append(head | means | _difference(own, full, variant.name))
    return rows


def ablation_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The summary as a Markdown table, the full method first."""
    columns = {"variant": "variant", "mask_miou": METRICS["mask_miou"], "against": "against full"}
    columns |= {name: heading for name, heading in METRICS.items() if name != "mask_miou"}
    return markdown_table([dict(row) | {"against": _against(row)} for row in rows], columns)


def mious_of(variants: Sequence[Variant], runs: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """The mask mIoU of every video by variant, for the plot."""
    scores = {variant.name: _known("mask_miou", _runs_of(variant, runs)) for variant in variants}
    return {name: values for name, values in scores.items() if values}


def _difference(own: Sequence[Mapping], full: Mapping, name: str) -> dict[str, float | None]:
    pairs = [(run["mask_miou"], full.get(_key("", run["clip"], run["seed"]))) for run in own]
    gains = [ours - theirs for ours, theirs in pairs if ours is not None and theirs is not None]
    judged = name != FULL and gains
    return {
        "mask_miou_difference": mean(gains) if judged else None,
        "mask_miou_difference_error": stdev(gains) / math.sqrt(len(gains)) if judged and len(gains) > 1 else None,
    }


def _against(row: Mapping[str, Any]) -> str | None:
    difference, error = row["mask_miou_difference"], row["mask_miou_difference_error"]
    if difference is None:
        return None
    return f"{difference:+.3f}" + (f" ± {error:.3f}" if error is not None else "")


def _runs_of(variant: Variant, runs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [run for run in runs if run["variant"] == variant.name]


def _known(metric: str, runs: Sequence[Mapping[str, Any]]) -> list[float]:
    return [run[metric] for run in runs if run[metric] is not None]


def _mean(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def _key(variant: str, clip: str, seed: int) -> tuple[str, str, int]:
    return variant, clip, int(seed)
