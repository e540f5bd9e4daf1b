"""How the source is written: names that say what they hold, ruff's rules, nothing of one machine."""

import ast
import re
import subprocess
import sys

from .house import ROOT, shipped, sources

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
HOME_FOLDER = re.compile(rb"(?<![\w.~:/-])/(?:home|Users|root|work)/\w|[A-Z]:\\+Users\\")


def test_no_file_or_folder_has_a_name_that_could_hold_anything():
    found = [file for file in shipped() if EMPTY_NAMES & {part.split(".")[0] for part in file.relative_to(ROOT).parts}]
    assert found == []


def test_ruff_finds_nothing():
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_names_a_folder_of_the_machine_it_was_made_on():
    assert HOME_FOLDER.search(b'"/' + b'home/someone/masks"')
    found = {file.name: match.group() for file in shipped() if (match := HOME_FOLDER.search(file.read_bytes()))}
    assert found == {}


def test_no_module_assumes_a_kind_of_device():
    found = [file for file in sources() if re.search(r"\.cuda\(\)|device=[\"']cuda", file.read_text(encoding="utf-8"))]
    assert found == []


def test_every_package_and_module_says_what_it_is_for():
    docstrings = {file: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in sources()}
    assert [file for file, docstring in docstrings.items() if len(docstring) < len("``python -m maskvideo``")] == []
