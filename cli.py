"""``maskvideo``: parse the command line, make one call."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .commands import ablate, build_demo, convert, demo, evaluate, generate, masks, train
from .core.errors import MaskVideoError

DESCRIPTION = """\
MaskVideo: a mask sequence and a prompt become a video in which the object goes where the masks go.
"""
EPILOG = """\
Start with:
  maskvideo demo --out demo          masks, first frame, video, contact sheet and report, with the bundled demo model
then with masks of your own:
  maskvideo generate --masks DIR --prompt "a red star on a blue background" --out video.mp4 --report report.json

Every command explains itself: maskvideo generate --help
"""
BAD_INPUT, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as every other error is reported: in one line."""

    def error(self, message: str):
        self.exit(BAD_INPUT, f"maskvideo: {message}; {self.prog} --help explains\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line. Light: whatever computes is imported when a command runs."""
    parser = Parser(
        prog="maskvideo",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (demo, generate, masks, train, convert, evaluate, ablate, build_demo):
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in ``argv`` (the program's own without it); the exit status.

    Bad input is told in one line on stderr and gives 2, Ctrl-C gives 130.
    """
    args = build_parser().parse_args(argv)
    try:
        return args.run(args)
    except MaskVideoError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    except KeyboardInterrupt:
        print("\nmaskvideo: stopped, nothing was written", file=sys.stderr)
        return INTERRUPTED


def _fail(message: str) -> int:
    print(f"maskvideo: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT
