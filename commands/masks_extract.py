"""``maskvideo masks extract``: the masks of what a user points at in a real video."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..mask_tools.segmenter_install import SAM, SAM2
from .outputs import prepared_folders
from .track_output import frame_bar, write_sequence

if TYPE_CHECKING:
    from ..mask_tools.frame_source import FrameSource
    from ..mask_tools.prompts import ObjectPrompt
    from ..mask_tools.track_sources import SourceTracks
    from ..mask_tools.tracks import Tracks

DESCRIPTION = f"""\
Point at an object in a video, and get its mask in every frame, as a folder of indexed PNGs with tracks.json beside
them, which every other command reads.

  flow   needs no weights: optical flow and colour models; best from a mask or a box
  sam2   SAM 2, a checkpoint by --model; points, boxes, masks, corrections; needs torch 2.5.1 or newer
         {SAM2}
  sam    segment-anything, a checkpoint by --model; each frame on its own
         {SAM}
"""
POINTING = """\
Points and boxes are JSON, or a file that holds it, in fractions of the frame (0 0 is the top left corner, 1 1 the
bottom right one). A list is one object's points; names make several objects; "frame" is 0 and "label" 1 unless said:
  [{"x": 0.41, "y": 0.35}]
  {"rider": [{"x": 0.41, "y": 0.35}, {"frame": 12, "x": 0.5, "y": 0.8, "label": 0}], "horse": [{"x": 0.4, "y": 0.7}]}
  {"rider": [{"frame": 0, "box": [0.3, 0.1, 0.5, 0.6]}]}
Label 0 is a point that is not the object; a prompt on a later frame corrects the track from there on. Point and box
lists of ComfyUI's SAM nodes and of KJNodes' Points Editor are read as they are, in pixels.
"""
EXAMPLES = """\
examples:
  maskvideo masks extract --video dog.mp4 --mask first_frame.png --out dog
  maskvideo masks extract --video dog.mp4 --box "[[0.2, 0.1, 0.6, 0.9]]" --out dog
  maskvideo masks extract --video dog.mp4 --backend sam2 --model sam2.1_hiera_small.pt \\
      --points "[{\\"x\\": 0.4, \\"y\\": 0.5}]" --out dog
  maskvideo masks extract --video dog.mp4 --backend sam2 --model sam2.1_hiera_small.pt \\
      --text "a dog. a ball" --text-model grounding-dino-tiny/ --out dog
"""
# As in backends.py, sam2_model.py and text_choice.py, which load torch: the command line itself stays light.
BACKENDS = ("flow", "sam2", "sam")
SAM2_PX = 1024
CHOICES, THRESHOLD = ("best", "largest", "leftmost", "rightmost", "all"), 0.3


def add_parser(subparsers) -> None:
    """Add ``extract`` to ``maskvideo masks``."""
    parser = subparsers.add_parser(
        "extract",
        help="get an object's masks out of a video",
        description=f"{DESCRIPTION}\n{POINTING}",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--video", required=True, metavar="FILE|DIR", help="a video file, or a folder of frames")
    parser.add_argument("--out", required=True, metavar="DIR", help="the folder of tracks to write")
    _add_pointing(parser)
    _add_backend(parser)
    parser.set_defaults(run=run)


def _add_pointing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is the object (one or several of these)")
    group.add_argument("--points", default="", metavar="JSON|FILE", help="clicks")
    group.add_argument("--not-points", default="", metavar="JSON|FILE", help="a list of clicks beside the object")
    group.add_argument("--box", default="", metavar="JSON|FILE", help="boxes")
    group.add_argument(
        "--mask",
        metavar="FILE|DIR",
        help="its mask on --frame, or a folder of masks, each on the frame of its number; labels are objects",
    )
    group.add_argument("--text", metavar="TEXT", help='what it is, such as "a dog", or several: "a dog. a ball"')
    group.add_argument("--text-model", metavar="DIR", help="a Grounding DINO model as transformers saves it")
    group.add_argument(
        "--text-threshold", type=float, default=THRESHOLD, metavar="X", help=f"the least score, 0 to 1 ({THRESHOLD})"
    )
    group.add_argument(
        "--text-choice", choices=CHOICES, default=CHOICES[0], help=f"which of several finds ({CHOICES[0]})"
    )
    group.add_argument("--frame", type=_index, default=0, metavar="N", help="the frame of --mask and --text (0)")


def _add_backend(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is followed")
    group.add_argument("--backend", default=BACKENDS[0], choices=BACKENDS, help="see above (flow)")
    group.add_argument("--model", metavar="FILE", help="checkpoint of sam2 or sam: .pt, .pth or .safetensors")
    group.add_argument(
        "--image-size",
        type=int,
        default=SAM2_PX,
        metavar="PX",
        help=f"sam2 looks at frames of this size; 512 is faster and coarser ({SAM2_PX})",
    )
    group.add_argument("--device", default="auto", metavar="NAME", help="cuda, mps or cpu, for models (auto)")


def run(args: argparse.Namespace) -> int:
    """Point, follow, write, and say what came out."""
    from ..mask_tools.backends import load_backend
    from ..mask_tools.extract import extract_tracks, prepare_prompts
    from ..mask_tools.frame_source import open_frames
    from ..mask_tools.track_sources import open_tracks
    from .device import pick_device

    out, device = _checked_out(args.out), pick_device(args.device)
    frames = open_frames(args.video)
    mask = open_tracks(args.mask) if args.mask else None
    prompts = prepare_prompts(frames, read_prompts(args, frames, device, mask))
    with prepared_folders(out.absolute().parent):
        backend = load_backend(args.backend, args.model, device, image_size_px=args.image_size)
        with frame_bar(args.backend) as on_frame:
            tracks = extract_tracks(frames, prompts, backend, on_frame)
        write_sequence(out, tracks, name="writing")
    print("\n".join([*([f"mask: {mask.reading}"] if mask else []), *summary(tracks)]))
    return 0


def read_prompts(
    args: argparse.Namespace, frames: FrameSource, device: str, mask: SourceTracks | None = None
) -> tuple[ObjectPrompt, ...]:
    """Every prompt that the flags give. The cheap ones first: they are checked before a model is loaded."""
    from ..mask_tools.prompt_json import parse_prompts
    from ..mask_tools.prompts import merge_prompts

    points, against, boxes = (_json_text(given) for given in (args.points, args.not_points, args.box))
    prompts = [*parse_prompts(points, boxes, frames.size, against)]
    if mask is not None:
        prompts += mask_prompts(mask, args.frame, frames)
    if args.text:
        prompts += text_prompts(args, frames, device)
    return merge_prompts(prompts)


def mask_prompts(stored: SourceTracks, frame: int, frames: FrameSource) -> list[ObjectPrompt]:
    """A prompt for each object of one mask on ``frame``, or of each of several on the frame of its number."""
    from ..mask_tools.match_frames import match_frames
    from ..mask_tools.prompts import ObjectPrompt

    places = {frame: 0}
    if stored.count > 1:
        matched = match_frames(frames.count, frames.numbers, stored.count, stored.numbers)
        places = dict(zip(matched.frames, matched.masks, strict=True))
    shown = [(index, stored.batch([place])[0] > 0) for index, place in places.items()]
    return [
        ObjectPrompt(name, index, mask=mask)
        for index, masks in shown
        for name, mask in zip(stored.names, masks, strict=True)
        if mask.any() or stored.count == 1
    ]


def text_prompts(args: argparse.Namespace, frames: FrameSource, device: str) -> tuple[ObjectPrompt, ...]:
    """Boxes of what ``--text`` names, found on ``--frame``."""
    from ..core.errors import MaskVideoError
    from ..mask_tools.text_boxes import TextBoxes

    if args.text_model is None:
        raise MaskVideoError(
            "--text needs --text-model DIR: a folder of a Grounding DINO model, such as a copy of "
            "IDEA-Research/grounding-dino-tiny; nothing is downloaded unasked"
        )
    finder = TextBoxes(args.text_model, device)
    return finder.prompts(frames, args.text, args.text_threshold, args.text_choice, args.frame)


def summary(tracks: Tracks) -> list[str]:
    """A line for each object: where it is, and where it is not."""
    from ..mask_tools.check import describe_vanished

    lines = []
    for track in tracks.objects:
        areas = track.masks.mean(axis=(1, 2))
        seen = areas > 0
        gone = describe_vanished([int(frame) for frame in (~seen).nonzero()[0]])
        area = f", {areas[seen].mean():.1%} of the picture" if seen.any() else ""
        lines.append(f"{track.name}: in {seen.sum()} of {len(areas)} frames{area}{'; ' + gone if gone else ''}")
    return lines


def _checked_out(given: str) -> Path:
    """The folder to write, before any work: not a file's name, and nobody else's folder."""
    from ..core.errors import MaskVideoError
    from ..files.atomic_folder import require_replaceable
    from ..mask_tools.tracks_file import is_track_file

    out = Path(given)
    if out.suffix:
        raise MaskVideoError(f"{out} ends in {out.suffix}: tracks are a folder, give {out.with_suffix('')}")
    require_replaceable(out, is_track_file)
    return out


def _json_text(given: str) -> str:
    """What a flag gives: JSON itself, or the content of a file."""
    from ..core.errors import MaskVideoError

    if not given.strip() or given.lstrip()[0] in "[{":
        return given
    if not Path(given).is_file():
        raise MaskVideoError(f"there is no file {given}: give JSON, which begins with [ or {{, or a file that holds it")
    return Path(given).read_text(encoding="utf-8")


def _index(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no frame: give a whole number, 0 is the first frame")
    return int(text)
