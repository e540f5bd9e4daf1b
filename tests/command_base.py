"""Runs ``maskvideo`` with the tiny random model in place of the bundled one."""

import json
from pathlib import Path

from maskvideo.cli import main
from maskvideo.commands import models
from maskvideo.mask_tools.write import write_masks

from .generation_base import FRAMES, STEPS, moving_box, tiny_demo
from .training_base import HEIGHT, WIDTH

SMALL = [f"--{name}={value}" for name, value in (("width", WIDTH), ("height", HEIGHT), ("frames", FRAMES))]
SMALL += [f"--steps={STEPS}", f"--first-frame-steps={STEPS}", "--restart-frame=1"]


def command_line(tmp_path, monkeypatch, capsys):
    """Runs ``maskvideo`` in a folder that holds ``masks/``: arguments in, (status, stdout, stderr) out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "load_demo", tiny_demo)
    write_masks(tmp_path / "masks", moving_box())

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def files_in(folder):
    """Names of everything in the folder, masks left out, to see that nothing half-written stayed."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if "masks" not in path.parts)


def report_in(path):
    """A report that was written."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def refused(run, folder, *arguments):
    """The one line that bad input gets; nothing may be left behind."""
    before = files_in(folder)
    status, said, error = run(*arguments)
    assert status == 2 and said == "" and error.count("\n") == 1 and error.startswith("maskvideo: ")
    assert files_in(folder) == before
    return error
