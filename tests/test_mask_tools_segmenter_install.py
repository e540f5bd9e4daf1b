"""One command installs a segmenter, wherever it is said."""

import pytest
from maskvideo.cli import main
from maskvideo.mask_tools.segmenter_install import SAM, SAM2

from .house import ROOT


@pytest.mark.parametrize("command", [SAM, SAM2])
def test_readme_and_help_say_the_command(command, capsys):
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["masks", "extract", "--help"])
    assert command in capsys.readouterr().out


def test_the_projects_own_environment_is_made_by_it():
    assert SAM2 in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
