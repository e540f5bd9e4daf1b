"""The editor's pure modules pass their own tests under Node."""

import re

import pytest

from .node_base import reason_to_skip, run_node


def test_the_modules_pass_their_tests(tmp_path):
    if reason := reason_to_skip():
        pytest.skip(reason)
    result = run_node(tmp_path, "--test", "tests/web/trajectory.test.mjs")
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^# pass \d{2,}$", result.stdout, re.MULTILINE)
