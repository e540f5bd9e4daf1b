"""What a training step costs: ours against LAMP's own, time and peak memory, paired and interleaved.

Each side is a process of its own: LAMP in an environment in which its code runs, ours in this one. Both train a
random-weight U-Net of the same geometry on frames of the same count and size. A round makes one step of each, in
turning order; a ratio is taken within its round, so that a machine that slows down slows both of its parts.

    python benchmarks/training.py --lamp LAMP --lamp-python LAMP/venv/bin/python
    python benchmarks/training.py --lamp LAMP --lamp-python LAMP/venv/bin/python --unet small --repeats 3
    python benchmarks/training.py --lamp LAMP --lamp-python LAMP/venv/bin/python --device cuda --precision float16 \\
        --frames 16 --width 512 --height 320

LAMP's step: its VAE and text encoder, noise, its 3D U-Net with gradient checkpointing, the loss, the gradient, clipping
and AdamW; what its published config trains. Ours: the loop's own step, on cached latents and text, masks encoded in it.
Peak memory is the process's resident memory on a CPU and what torch allocated on a GPU; nothing is subtracted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from maskvideo.adapters.diffusers.configs import component_config
from maskvideo.evaluation.report import write_report
from maskvideo.evaluation.table import markdown_table
from maskvideo.training.presets import resolve_settings
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
SMALL = {
    "block_out_channels": (32, 64),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 4,
    "cross_attention_dim": 768,
    "norm_num_groups": 8,
}
LAMP = "LAMP"
OURS = {
    "matched": "ours, LAMP's precision and checkpointing",
    "unchecked": "ours, LAMP's precision, not checkpointed",
    "defaults": "ours, defaults",
    "paper": "ours, paper preset, LAMP's precision and checkpointing",
}
FASTER, SMALLER = 2.0, 0.5
"""What ours must reach against LAMP's whole step: times as fast, and this share of its memory at most."""
MIXED = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
"""Our ``precision`` as accelerate calls it."""


class Side:
    """A running side; ``step`` makes one step and tells what it measured."""

    def __init__(self, python: str, script: str, job: dict, extra_path: str = ""):
        path = os.pathsep.join(filter(None, (str(HERE), extra_path, os.environ.get("PYTHONPATH", ""))))
        command = [python, str(HERE / script), json.dumps(job)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **pipes)
        self.facts = self._answer()

    def step(self) -> dict:
        with suppress(BrokenPipeError):  # it has ended: its answer says so
            self.process.stdin.write("step\n")
            self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            raise SystemExit(f"{self.process.args[1]} ended with code {code}: -9 is out of memory, else see above")
        return json.loads(line)


@contextmanager
def running(python: str, script: str, job: dict, extra_path: str = "") -> Iterator[Side]:
    side = Side(python, script, job, extra_path)
    try:
        yield side
    finally:
        side.close()


def our_jobs(args: argparse.Namespace) -> dict[str, dict]:
    """Key of ``OURS`` to job; ``matched`` has what LAMP has, where that can be set."""
    size = {"frames": args.frames}
    precision = {**size, "precision": args.precision}
    matched = {**precision, "gradient_checkpointing": True}
    settings = {
        "matched": ("quick", matched),
        "unchecked": ("quick", precision),
        "defaults": ("quick", size),
        "paper": ("paper", matched),
    }
    configs = {
        name: resolve_settings(preset, "", fields, {"width": args.width, "height": args.height})
        for name, (preset, fields) in settings.items()
        if name in args.ours
    }
    return {name: {**_common(args), "config": config.to_dict()} for name, config in configs.items()}


def lamp_job(args: argparse.Namespace, encoders: bool = True) -> dict:
    """LAMP's job. Half precision and fused attention are what its config asks of a GPU."""
    size = {"frames": args.frames, "width": args.width, "height": args.height}
    components = {name: component_config(name) for name in ("vae", "text_encoder")}
    flags = {"checkpointing": True, "fused_attention": not args.plain_attention, "encoders": encoders}
    return {**_common(args), **size, **components, **flags, "mixed_precision": MIXED[args.precision]}


def _common(args: argparse.Namespace) -> dict:
    unet = SMALL if args.unet == "small" else component_config("unet")
    return {"unet": unet, "device": args.device, "threads": args.threads}


def measure(args: argparse.Namespace) -> dict[str, list[tuple[dict, dict]]]:
    """For each of ours, the rounds ``(LAMP's answer, our answer)`` after one round to warm up.

    One of ours runs at a time, beside LAMP: what is in memory together stays small.
    """
    rounds = {}
    with running(args.lamp_python, "training_lamp.py", lamp_job(args), args.lamp) as lamp:
        for name, job in our_jobs(args).items():
            with running(sys.executable, "training_ours.py", job) as ours:
                pairs = [_round(lamp, ours, index) for index in tqdm(range(args.repeats + 1), name)]
            facts = {"judged_by": "clock" if args.device != "cpu" else args.time}
            rounds[name] = [(lamp.facts | facts | theirs, ours.facts | facts | answer) for theirs, answer in pairs[1:]]
    return rounds


def _round(lamp: Side, ours: Side, index: int) -> tuple[dict, dict]:
    if index % 2:
        answer = ours.step()
        return lamp.step(), answer
    return lamp.step(), ours.step()


def memory_without_encoders(args: argparse.Namespace) -> float:
    """The peak in MB of LAMP's step where latents and text are cached, as ours are: a process of its own."""
    with running(args.lamp_python, "training_lamp.py", lamp_job(args, encoders=False), args.lamp) as lamp:
        return [lamp.step() for _ in range(2)][-1]["peak_mb"]


def summarise(rounds: dict[str, list[tuple[dict, dict]]], bare_mb: float) -> list[dict]:
    """LAMP's rows, whole and without its encoders, then a row for each of ours with its ratios to LAMP's."""
    lamps = [lamp for pairs in rounds.values() for lamp, _ in pairs]
    whole = _row(f"{LAMP}, whole step", [_whole(lamp) for lamp in lamps], lamps)
    bare = _row(f"{LAMP}, VAE and text left out", [_bare(lamp) for lamp in lamps], lamps) | {"peak GB": bare_mb / 1e3}
    return [whole, bare, *(_our_row(OURS[name], pairs, bare_mb) for name, pairs in rounds.items())]


def _our_row(name: str, pairs: list[tuple[dict, dict]], bare_mb: float) -> dict:
    lamps, ours = zip(*pairs, strict=True)
    row = _row(name, [_bare(our) for our in ours], ours)
    faster = _quartiles([_whole(lamp) / _bare(our) for lamp, our in pairs])
    bare = _quartiles([_bare(lamp) / _bare(our) for lamp, our in pairs])
    share = row["peak GB"] * 1e3 / lamps[-1]["peak_mb"]
    return row | {
        "times as fast": faster[1],
        "quartiles": _span(faster),
        "without VAE and text": bare[1],
        "of its memory": share,
        "of it without VAE and text": row["peak GB"] * 1e3 / bare_mb,
        "met": "yes" if faster[1] >= FASTER and share <= SMALLER else "no",
    }


def _row(name: str, seconds: list[float], answers: list[dict]) -> dict:
    spread = _quartiles(seconds)
    peak = max(answer["peak_mb"] for answer in answers) / 1e3
    trained = answers[0]["trained"] / 1e6
    return {"step": name, "seconds": spread[1], "s quartiles": _span(spread), "peak GB": peak, "trained M": trained}


def _whole(lamp: dict) -> float:
    return lamp["encode"][lamp["judged_by"]] + _bare(lamp)


def _bare(answer: dict) -> float:
    return answer["step"][answer["judged_by"]]


def _quartiles(values: list[float]) -> list[float]:
    return torch.tensor(values, dtype=torch.float64).quantile(torch.tensor([0.25, 0.5, 0.75]).double()).tolist()


def _span(spread: list[float]) -> str:
    return f"{spread[0]:.2f} to {spread[2]:.2f}"


def read_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--lamp", required=True, metavar="DIR", help="a checkout of LAMP")
    parser.add_argument("--lamp-python", required=True, metavar="FILE", help="the python of an environment it runs in")
    parser.add_argument("--unet", choices=("sd15", "small"), default="sd15", help="small tries the script out (sd15)")
    parser.add_argument("--ours", nargs="+", choices=tuple(OURS), default=tuple(OURS), help="which of ours (all)")
    parser.add_argument("--frames", type=int, default=8, metavar="N", help="of the clip (8)")
    parser.add_argument("--width", type=int, default=96, metavar="PX", help="(96)")
    parser.add_argument("--height", type=int, default=64, metavar="PX", help="(64)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda (cpu)")
    parser.add_argument(
        "--precision",
        choices=tuple(MIXED),
        default="bfloat16",
        help="of both; LAMP's config mixes float16, for which a CPU has bfloat16 (bfloat16)",
    )
    parser.add_argument("--plain-attention", action="store_true", help="LAMP without fused attention")
    parser.add_argument("--repeats", type=int, default=7, metavar="N", help="rounds that count (7)")
    parser.add_argument(
        "--time",
        choices=("processor", "clock"),
        default="processor",
        help="on a CPU: the processor's, all threads together, which other programs do not lengthen (processor)",
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of the CPU, 0 for all cores (1)")
    parser.add_argument("--report", metavar="FILE.json", help="also write settings, every time and the summary")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> list[dict]:
    """Measure, print the table, write the report where one is asked for; the table's rows."""
    args = read_arguments(argv)
    rounds = measure(args)
    rows = summarise(rounds, memory_without_encoders(args))
    print(markdown_table(rows, {key: key for key in rows[-1]}, digits=2))
    if args.report:
        write_report(args.report, vars(args) | {"summary": rows, "rounds": rounds})
    return rows


if __name__ == "__main__":
    main()
