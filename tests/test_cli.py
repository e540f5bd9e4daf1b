"""The command line as a whole: it is light, it teaches, and it fails in one line."""

import subprocess
import sys

import pytest
from maskvideo.cli import build_parser, main
from maskvideo.commands.setting_flags import DEFAULTS, GROUPS
from maskvideo.core.noise_prior import NOISE_PRIORS

COMMANDS = ("demo", "generate", "train", "evaluate", "ablate")


def said_by(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    captured = capsys.readouterr()
    return exit_.value.code, captured.out, captured.err


def test_the_help_names_every_command_and_how_to_start(capsys):
    status, said, _ = said_by(capsys, "--help")
    assert status == 0 and "maskvideo demo --out" in said
    assert all(f"    {command} " in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_shows_an_example_of_its_own(capsys, command):
    status, said, _ = said_by(capsys, command, "--help")
    assert status == 0 and f"examples:\n  maskvideo {command}" in said


def test_the_help_gives_defaults_and_choices(capsys):
    said = " ".join(said_by(capsys, "generate", "--help")[1].split())
    assert all(prior in said for prior in NOISE_PRIORS)
    assert f"({DEFAULTS['steps']})" in said and "(off)" in said


def test_every_setting_has_a_flag():
    assert {name for flags in GROUPS.values() for name in flags} == DEFAULTS.keys() - {"prompt"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate"], "the following arguments are required: --masks, --prompt, --out; maskvideo generate --help"),
        (["generate", "--steps", "many"], "argument --steps: invalid int value: 'many'"),
        (["generate", "--fps", "0"], "argument --fps: '0' is no whole number of 1 or more"),
        (["paint"], "invalid choice: 'paint'"),
        ([], "the following arguments are required: COMMAND; maskvideo --help explains"),
    ],
)
def test_a_wrong_command_line_gets_one_line_and_status_two(capsys, arguments, message):
    status, _, error = said_by(capsys, *arguments)
    assert status == 2 and message in error
    assert error.startswith("maskvideo: ") and error.count("\n") == 1


def test_the_help_loads_neither_torch_nor_diffusers():
    code = "import sys, maskvideo.cli as c; c.build_parser(); print({'torch', 'diffusers', 'numpy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_the_package_runs_as_a_module():
    ran = subprocess.run([sys.executable, "-m", "maskvideo", "evaluate", "--help"], capture_output=True, text=True)
    assert ran.returncode == 0 and "usage: maskvideo evaluate" in ran.stdout


def test_flags_reach_the_settings_by_name():
    from maskvideo.commands.setting_flags import read_settings

    arguments = ["--mask-strength=0.5", "--mask-guidance", "--cfg=2", "--width=64", "--height=64"]
    args = build_parser().parse_args(["generate", "--masks=m", "--prompt=p", "--out=o.mp4", *arguments])
    settings = read_settings(args, args.prompt)
    assert (settings.mask_strength, settings.mask_guidance, settings.cfg, settings.size) == (0.5, True, 2.0, (64, 64))
