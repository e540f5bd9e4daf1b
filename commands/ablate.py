"""``maskvideo ablate``: what each part of the method is worth, as numbers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from .ablation_cases import add_case_flags, read_cases
from .ablation_report import check_target, plot_ablation, read_runs, write_ablation
from .ablation_variants import add_variant_flags, check_variants, list_variants, parse_motions, parse_vary
from .made_video import describe_motion, score_video
from .models import MODEL_FLAGS, Models, add_model_flags, check_model_flags, load_models, load_motion_of
from .outputs import check_suffix, prepared_folders
from .setting_flags import add_setting_flags, check_trained, read_settings

if TYPE_CHECKING:
    from ..adapters.diffusers.generate_settings import GenerateSettings
    from ..evaluation.ablation import Case
    from ..evaluation.variants import Variant
    from ..files.motion_file import LoadedMotion

DESCRIPTION = """\
Make the same videos with one thing changed at a time, and compare: the full method; without masks, without the first
frame, without ControlNet (frame 0 from the text); each noise prior; guidance on the mask; AdaIN and histogram match;
guidance scales; other motion files. All flags of generate set the full method.

  FILE.json    every video's scores, and the means; saved after each video
  FILE.md      the table: "against full" compares the same clip and seed, ± is the standard error
  FILE.png     mask mIoU of each variant, a dot for each video
"""
EXAMPLES = """\
examples:
  maskvideo ablate --masks goat/masks camel/masks --report ablation.json
  maskvideo ablate --drawn 8 --seeds 0 1 2 --report drawn.json --only parts noise_prior
  maskvideo ablate --drawn 4 --report injection.json --only motion --motion both=both.safetensors \\
      --motion query=query.safetensors --motion hidden=hidden.safetensors
  maskvideo ablate --drawn 4 --report alpha.json --only vary --vary alpha=0.1,0.4,0.8 --vary steps=10,40
  maskvideo ablate --masks goat/masks --report ablation.json --resume
"""
BAR = "{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total} [{elapsed}<{remaining}{postfix}]"


def add_parser(subparsers) -> None:
    """Add ``ablate`` to the command line."""
    parser = subparsers.add_parser(
        "ablate",
        help="measure what each part of the method is worth",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--report", required=True, metavar="FILE.json", help="the report to write, with .md and .png")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted --report")
    parser.add_argument("--overwrite", action="store_true", help="start anew over an existing --report")
    add_case_flags(parser)
    add_variant_flags(parser)
    add_model_flags(parser, several_motions=True)
    add_setting_flags(parser, without=("seed",))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare as ``args`` say; 0 where it ended, 130 where Ctrl-C stopped it."""
    path = check_suffix(args.report, ".json")
    vary, motions = dict(map(parse_vary, args.vary)), parse_motions(args.motion)
    args.motion = next(iter(motions.values()))
    settings = read_settings(args, "")
    check_model_flags(args, has_first_frame=False)
    check_variants(settings.for_motion(None), vary, args.only)
    cases = read_cases(args, settings.frames, settings.size)
    check_target(path, args.resume, args.overwrite)
    with prepared_folders(path.parent):
        models = load_models(args)
        others = {name: load_motion_of(motions[name], models.model, models.bundled) for name in list(motions)[1:]}
        check_trained(args, models.metadata)
        loaded = {"": models.motion, **others}
        full = settings.for_motion(models.metadata)
        variants = list_variants(full, models, tuple(others), vary, args.only)
        setup = describe_setup(args, full, motions, loaded, cases)
        done = read_runs(path, setup) if args.resume else []
        return compare(partial(score, models, loaded, settings), variants, cases, path, setup, done)


def describe_setup(
    args: argparse.Namespace,
    settings: GenerateSettings,
    motions: Mapping[str, str | None],
    loaded: Mapping[str, LoadedMotion | None],
    cases: Sequence[Case],
) -> dict:
    """What all videos have in common; a resumed ablation must agree in all of it."""
    trained = zip(motions.items(), loaded.values(), strict=True)
    return {
        **{name: getattr(args, name) for name in MODEL_FLAGS if name != "motion"},
        **{name: value for name, value in asdict(settings).items() if name not in ("prompt", "seed")},
        "motions": [{"name": name, "file": file, "training": describe_motion(one)} for (name, file), one in trained],
        "cases": [{"clip": case.clip, "prompt": case.prompt, "seed": case.seed} for case in cases],
    }


def score(
    models: Models,
    motions: Mapping[str, LoadedMotion | None],
    settings: GenerateSettings,
    variant: Variant,
    case: Case,
    on_step: Callable | None = None,
) -> dict:
    """Make one video and judge it; what ``settings`` leave open is as the variant's own motion was trained."""
    from ..adapters.diffusers.generate import generate_video

    motion = motions[variant.motion]
    models.model.set_motion(motion.module if motion is not None else None)
    changed = replace(settings, prompt=case.prompt, **{"seed": case.seed, **variant.settings})
    controlnet = models.controlnet if variant.controlnet else None
    video = generate_video(models.model, controlnet, case.masks, changed, on_step=on_step)
    return score_video(video, case.prompt)[0] | {"seconds": round(video.seconds, 2)}


def compare(
    score_one: Callable, variants: Sequence[Variant], cases: Sequence[Case], path: Path, setup: dict, done: list[dict]
) -> int:
    """Run everything that is not done, save after each video, and print the table."""
    from ..evaluation.ablation import run_ablation

    print(f"{len(variants)} variants of {len(cases)} videos: " + ", ".join(variant.name for variant in variants))
    save = partial(write_ablation, path, setup, variants)  # after each video, without the plot
    try:
        with _bar(len(variants) * len(cases), score_one) as scored:
            runs = run_ablation(variants, cases, scored, done, save)
    except KeyboardInterrupt:
        print(f"\nstopped: the same command with --resume goes on from {path}")
        return 130
    print(save(runs))
    print("wrote " + ", ".join(map(str, (path, path.with_suffix(".md"), plot_ablation(path, variants, runs)))))
    return 0


@contextmanager
def _bar(videos: int, score_one: Callable):
    """Yields ``score_one`` with one progress bar over all videos, which moves with every step."""
    with tqdm(total=videos, desc="ablation", unit="video", bar_format=BAR, dynamic_ncols=True) as bar:

        def scored(variant: Variant, case: Case) -> dict:
            before = bar.n
            bar.set_postfix_str(f"{variant.name}: {case.clip}, seed {case.seed}", refresh=False)
            scores = score_one(variant, case, on_step=lambda step: bar.update(before + step.done / step.total - bar.n))
            bar.update(before + 1 - bar.n)
            return scores

        yield scored
