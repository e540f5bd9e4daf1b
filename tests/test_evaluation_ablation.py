"""An ablation scores every case under every variant, and compares like with like."""

import pytest
import torch
from maskvideo.evaluation.ablation import METRICS, Case, ablation_table, mious_of, run_ablation, summarise
from maskvideo.evaluation.variants import Variant

FULL, BARE = Variant("full", ""), Variant("without masks", "parts", {"mask_strength": 0.0})
CASES = [Case(clip, torch.ones(1, 1, 2, 4, 4), "a red blob", seed) for clip in ("goat", "camel") for seed in (0, 1)]


def score(variant, case):
    """The goat is hard; without masks each seed loses another amount."""
    miou = (0.6 if case.clip == "goat" else 0.8) - (0.1 + 0.2 * case.seed) * (variant is BARE)
    return {"mask_miou": miou, "colour_error_foreground": 0.05, "seconds": 2.0, "mask_iou_per_frame": [1]}


@pytest.fixture
def runs():
    return run_ablation([FULL, BARE], CASES, score)


def test_every_case_is_scored_under_every_variant(runs):
    found = [(run["variant"], run["clip"], run["seed"]) for run in runs]
    assert found == [(one.name, case.clip, case.seed) for one in (FULL, BARE) for case in CASES]
    assert runs[0].keys() == {"variant", "clip", "seed", "prompt"} | METRICS.keys()


def test_what_is_done_is_not_made_again_and_each_video_is_saved(runs):
    made, saved = [], []

    def noted(variant, case):
        made.append((variant.name, case.clip, case.seed))
        return score(variant, case)

    again = run_ablation([FULL, BARE], CASES, noted, runs[:5], lambda so_far: saved.append(len(so_far)))
    assert again == runs
    assert len(made) == 3 and saved == [6, 7, 8]


def test_the_summary_averages_and_compares_the_same_clip_and_seed(runs):
    full, bare = summarise([FULL, BARE], runs)
    assert full["mask_miou"] == pytest.approx(0.7) and full["mask_miou_difference"] is None
    assert bare["mask_miou_difference"] == pytest.approx(-0.2)
    # the clips' own difference of 0.2 is no uncertainty of the comparison: losses are 0.1, 0.3, 0.1, 0.3
    assert bare["mask_miou_difference_error"] == pytest.approx(0.11547 / 2, abs=1e-4)
    assert bare["videos"] == 4 and bare["palette_consistency"] is None


def test_scores_that_do_not_apply_are_left_out():
    runs = run_ablation([FULL, BARE], CASES[:2], lambda variant, case: {"mask_miou": None if case.seed else 0.5})
    full, bare = summarise([FULL, BARE], runs)
    assert full["mask_miou"] == 0.5 and bare["mask_miou_difference"] == 0
    assert bare["mask_miou_difference_error"] is None
    assert mious_of([FULL, BARE], runs) == {"full": [0.5], "without masks": [0.5]}


def test_the_table_shows_the_difference_with_its_error(runs):
    table = ablation_table(summarise([FULL, BARE], runs)).splitlines()
    assert table[0].startswith("| variant | mask mIoU | against full |")
    assert "-0.200 ± 0.058" in table[3] and "–" in table[2]


def test_a_variant_without_runs_has_no_row(runs):
    assert [row["variant"] for row in summarise([FULL, BARE], runs[:3])] == ["full"]
