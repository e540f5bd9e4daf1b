"""What few-shot training learns and how long it takes: eight clips, the graph's own nodes, masks and prompts not seen.

Eight clips of shapes that bounce across the picture, turning as they go, are drawn into the host's input folder. One
graph, queued through the API of a running ComfyUI, trains a motion on them: Load Demo Model, Motion Dataset, Train
Motion LoRA. Videos from masks of other shapes on other paths, in colours that no clip has together, are made before
(the demo model without a motion) and after, and scored: where the object is, and its colours against the prompt's.

    python main.py --cpu --base-directory host            # ComfyUI, with this pack among its custom nodes
    python benchmarks/learning.py --url http://127.0.0.1:8188 --base-directory host

A second call with the same folder goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from statistics import mean
from urllib.request import Request, urlopen

import numpy as np
from maskvideo.adapters.diffusers.demo_model import load_demo_model
from maskvideo.adapters.diffusers.generate import generate_video
from maskvideo.adapters.diffusers.generate_settings import GenerateSettings
from maskvideo.core.motion_module import MotionModule
from maskvideo.evaluation.colour_words import COLOUR_WORDS
from maskvideo.evaluation.report import evaluate_video, write_report
from maskvideo.evaluation.table import markdown_table
from maskvideo.files.contact_sheet import write_contact_sheet
from maskvideo.files.frame_layout import masks_to_uint8, to_tensor
from maskvideo.files.images import write_image
from maskvideo.files.motion_file import load_motion
from maskvideo.mask_tools.draw import Keyframe, Trajectory, draw_masks

SIZE = 160, 256  # height, width in pixels: what the demo model was trained at
CLIP_FRAMES = 24
CLIPS, CLIP_SHAPES = 8, ("polygon", "blob")
UNSEEN = {
    "a red star on a blue background": ("star", 101),
    "a white blob on a green background": ("blob", 102),
    "a yellow circle on a purple background": ("circle", 103),
    "a black star on an orange background": ("star", 104),
}
PROMPT = "a shape bounces"
NAME = "bouncing"
TARGETS = {"mask_miou": 0.8, "minutes": 10}
SCORES = ("mask_miou", "prompt_colour_error_foreground", "prompt_colour_error_background")
POLL_SECONDS = 1.0


def bounce(shape: str, seed: int) -> Trajectory:
    """A shape that crosses the picture in two or three hops, growing or shrinking, turning."""
    chance = np.random.default_rng(seed)
    hops, sense, turn = int(chance.integers(2, 4)), chance.choice([-1, 1]), chance.uniform(-180, 180)
    small, large = sorted(chance.uniform(0.16, 0.32, 2))
    keyframes = []
    for time_ in np.linspace(0, 1, 8 * hops + 1):
        across = 0.5 + sense * (time_ - 0.5) * 0.7
        down = 0.72 - 0.42 * abs(math.sin(math.pi * hops * time_))
        keyframes.append(
            Keyframe(float(time_), float(across), float(down), small + (large - small) * time_, turn * time_)
        )
    return Trajectory(shape, tuple(keyframes), seed=seed, corners=3 + seed % 4)


def write_clips(folder: Path) -> None:
    """The training set, laid out as a user's own: ``clip/frames``, ``clip/masks`` and ``clip/prompt.txt``."""
    colours = list(COLOUR_WORDS)
    for index in range(CLIPS):
        shape = CLIP_SHAPES[index % len(CLIP_SHAPES)]
        masks = draw_masks(bounce(shape, index), CLIP_FRAMES, SIZE)[0, 0].numpy()
        front, back = (np.array(COLOUR_WORDS[colours[(index + step) % len(colours)]]) for step in (0, 3))
        for frame, mask in enumerate(masks):
            painted = np.where(mask[..., None] > 0.5, front, back).astype(np.uint8)
            for part, picture in (("frames", painted), ("masks", (255 * mask).astype(np.uint8))):
                path = folder / f"clip-{index}" / part / f"{frame:03d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_image(path, picture)


def training_graph(schemas: dict, args: argparse.Namespace) -> dict:
    """The graph in the API's form; what is not said here stays at the node's default."""
    model, clip, vae = (["model", output] for output in range(3))
    height, width = SIZE
    dataset = {"motion_prompt": PROMPT, "folder": NAME, "width": width, "height": height}
    trainer = {"model": model, "clip": clip, "vae": vae, "dataset": ["dataset", 0], "file": NAME}
    trainer |= {"preset": args.preset, "steps": args.steps, "settings": args.settings}
    given = {
        "model": ("MaskVideo_LoadDemoModel", {}),
        "dataset": ("MaskVideo_MotionDataset", dataset),
        "trainer": ("MaskVideo_TrainMotionLoRA", trainer),
    }
    return {
        name: {"class_type": kind, "inputs": defaults(schemas[kind]) | inputs} for name, (kind, inputs) in given.items()
    }


def defaults(schema: dict) -> dict:
    """What the graph editor would put into a new node's required widgets."""
    found = {}
    for name, (kind, *options) in schema["input"].get("required", {}).items():
        options = options[0] if options else {}
        choices = kind if isinstance(kind, list) else options.get("options")
        if "default" in options:
            found[name] = options["default"]
        elif choices:
            found[name] = choices[0]
    return found


def train(args: argparse.Namespace) -> float:
    """Queue the graph, wait for its end; the minutes it took. ``RuntimeError`` says what a node raised."""
    started = time.perf_counter()
    graph = training_graph(ask(args.url, "object_info"), args)
    run = ask(args.url, "prompt", {"prompt": graph})["prompt_id"]
    while not (entry := ask(args.url, f"history/{run}").get(run)):
        time.sleep(POLL_SECONDS)
    failed = dict(entry["status"]["messages"]).get("execution_error")
    if failed:
        raise RuntimeError(failed["exception_message"])
    return (time.perf_counter() - started) / 60


def ask(url: str, path: str, value: dict | None = None) -> dict:
    """The host's JSON answer to a GET, or to a POST of ``value``."""
    body = None if value is None else json.dumps(value).encode()
    with urlopen(Request(f"{url}/{path}", body, {"Content-Type": "application/json"}), timeout=60) as answer:
        return json.loads(answer.read())


def score(motion_file: Path, out: Path) -> list[dict]:
    """Videos of the masks not seen, by a motion file; one row of scores each, and a contact sheet each in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    demo = load_demo_model()
    trained = load_motion(motion_file, demo.model.architecture)
    modules = {"before": None, "after": trained.module.eval()}
    return [
        {"motion": moment, "prompt": prompt, **scores_of(demo, module, prompt, out / f"{moment}-{place}.png")}
        for moment, module in modules.items()
        for place, prompt in enumerate(UNSEEN)
    ]


def scores_of(demo, module: MotionModule | None, prompt: str, sheet: Path) -> dict:
    """Make one video, at the command line's default settings, and judge it."""
    demo.model.set_motion(module)
    masks = draw_masks(bounce(*UNSEEN[prompt]), 16, SIZE)
    settings = GenerateSettings(prompt=prompt, width=SIZE[1], height=SIZE[0])
    video = generate_video(demo.model, demo.controlnet, masks, settings)
    write_contact_sheet(sheet, video.frames, masks_to_uint8(video.masks))
    found = evaluate_video(to_tensor(video.frames), video.masks, prompt)
    return {name: found[name] for name in SCORES}


def main() -> None:
    args = parse_args()
    base = Path(args.base_directory)
    write_clips(base / "input" / NAME)
    minutes = train(args)
    rows = score(base / "models" / "motion_lora" / f"{NAME}.safetensors", base / "output")
    print(markdown_table([*rows, *means(rows)]))
    print(f"training took {minutes:.1f} minutes; targets: {TARGETS}")
    if args.report:
        write_report(Path(args.report), {"minutes": minutes, "rows": rows, "arguments": vars(args)})


def means(rows: list[dict]) -> list[dict]:
    """The mean over all prompts, before and after."""
    moments = dict.fromkeys(row["motion"] for row in rows)
    return [
        {"motion": moment, "prompt": "mean"}
        | {name: mean(row[name] for row in rows if row["motion"] == moment) for name in SCORES}
        for moment in moments
    ]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8188", help="of a running ComfyUI")
    parser.add_argument("--base-directory", required=True, metavar="DIR", help="that ComfyUI's own")
    parser.add_argument("--preset", default="demo model", help="of Train Motion LoRA (demo model)")
    parser.add_argument("--steps", type=int, default=0, metavar="N", help="0: as the preset says")
    parser.add_argument("--settings", default="", metavar="TOML", help="of Train Motion LoRA")
    parser.add_argument("--report", metavar="FILE.json", help="keeps every score")
    return parser.parse_args()


if __name__ == "__main__":
    main()
