"""The files of an ablation, complete after every video."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import MaskVideoError

if TYPE_CHECKING:
    from ..evaluation.variants import Variant


def check_target(path: Path, resume: bool, overwrite: bool) -> None:
    """Raise ``MaskVideoError`` where an ablation to ``path`` would lose what is there."""
    if path.exists() and not resume and not overwrite:
        raise MaskVideoError(f"{path} exists: add --resume to go on with it, --overwrite, or give another file")


def read_runs(path: Path, setup: dict) -> list[dict]:
    """The videos' scores of an interrupted ablation; none where nothing is saved yet.

    Raises ``MaskVideoError`` where the file is none of an ablation, or of one that was set up otherwise.
    """
    if not path.exists():
        return []
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        found, runs = stored["setup"], stored["runs"]
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise MaskVideoError(f"{path} is no ablation report ({error!r}): give another file, or --overwrite") from error
    wanted = _as_stored(setup)
    for key in wanted:
        if found.get(key) != wanted[key]:
            raise MaskVideoError(f"{path} was made with another {key}: resume with the same flags, or --overwrite it")
    return runs


def write_ablation(path: Path, setup: dict, variants: Sequence[Variant], runs: list[dict]) -> str:
    """Write the JSON and the Markdown table beside it; returns the table."""
    from ..evaluation.ablation import ablation_table, summarise
    from ..evaluation.report import write_report
    from ..files.atomic import atomic_path

    rows = summarise(variants, runs)
    table = ablation_table(rows)
    write_report(path, {"setup": setup, "summary": rows, "runs": runs})
    with atomic_path(path.with_suffix(".md")) as temporary:
        temporary.write_text(table, encoding="utf-8")
    return table


def plot_ablation(path: Path, variants: Sequence[Variant], runs: list[dict]) -> Path:
    """Write the plot beside the report; returns its path."""
    from ..evaluation.ablation import mious_of
    from ..evaluation.plot import plot_bars

    plot_bars(path.with_suffix(".png"), mious_of(variants, runs))
    return path.with_suffix(".png")


def _as_stored(setup: dict) -> dict:
    """As it comes back from the file: tuples are lists there."""
    return json.loads(json.dumps(setup, default=str))
