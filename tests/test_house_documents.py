"""What the documents say is so: links, modules, commands, settings."""

import ast
import re
import shlex

import pytest
from maskvideo.cli import build_parser
from maskvideo.training.config import TrainConfig

from .house import ROOT, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")]


def shell_lines(text: str) -> list[str]:
    """The command lines of a document's shell blocks, continued ones joined."""
    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def maskvideo_lines() -> list[str]:
    lines = (line for path in DOCUMENTS for line in shell_lines(path.read_text(encoding="utf-8")))
    commands = {command.strip() for line in lines for command in line.split("&&")}
    return sorted(command for command in commands if command.startswith("maskvideo "))


def suggested_line(module: str) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    return f"- `{module}`: {' '.join(docstring.split(chr(10) * 2)[0].split()).rstrip('.')}"


def test_every_module_has_its_line_in_the_contributor_guide():
    described = re.findall(r"^- `([\w/]+\.py)`: \S", CONTRIBUTING, re.MULTILINE)
    # What is missing is shown as the line to add.
    assert [suggested_line(module) for module in modules() if module not in described] == []
    assert [module for module in described if module not in modules()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_are_there(path):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("line", maskvideo_lines())
def test_the_command_line_knows_every_command_that_the_documents_show(line):
    assert build_parser().parse_args(shlex.split(line)[1:]).run


def test_the_quick_start_is_two_commands():
    quick_start = README.split("## Quick start")[1].split("\n## ")[0]
    assert [line.split("&&")[1].split()[0] for line in shell_lines(quick_start)] == ["maskvideo", "pytest"]


def test_the_contributor_guide_and_the_readme_name_the_same_test_command():
    command = shell_lines(README.split("## Quick start")[1])[1]
    assert command in shell_lines(CONTRIBUTING)


def test_the_papers_settings_are_a_config_that_train_reads():
    config = TrainConfig.from_toml(ROOT / "docs" / "paper.toml")
    assert (config.width, config.height, config.frames) == (512, 320, 16)
    assert (config.learning_rate, config.noise_prior, config.alpha) == (3e-5, "first_frame", 0.2)
    assert (config.motion.mask_injection, config.motion.temporal_layers) == ("query", "lamp")
