"""Imports point one way, and the pack's name is nobody's business but the installer's."""

import subprocess
import sys

from .house import HOST_MODULES, ROOT, sources, third_party

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
HEAVY = ("av", "comfy", "comfy_api", "cv2", "diffusers", "einops", "matplotlib", "numpy", "torch", "transformers")


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)


def test_layers_import_downwards_and_the_adapters_never_meet():
    result = run_python(LINT, "--no-cache", "--no-logo")
    assert result.returncode == 0, result.stdout + result.stderr


def test_core_imports_torch_and_einops_only():
    found = {file.name: third_party(file) for file in sources() if file.parent.name == "core"}
    assert found
    assert set().union(*found.values()) == {"torch", "einops"}, found


def test_only_the_nodes_and_the_hosts_adapter_import_the_host():
    for file in sources():
        place = file.relative_to(ROOT).as_posix()
        if not place.startswith(("nodes/", "adapters/comfy/")):
            assert not third_party(file) & HOST_MODULES, file


def test_nodes_leave_diffusers_and_transformers_alone_since_the_host_has_its_own_classes():
    for file in sources():
        if file.relative_to(ROOT).as_posix().startswith(("nodes/", "adapters/comfy/")):
            assert not third_party(file) & {"accelerate", "diffusers", "transformers"}, file


def test_inside_the_pack_imports_are_relative_since_a_host_gives_it_another_name():
    assert [file for file in sources() if "maskvideo" in third_party(file)] == []


def test_the_root_imports_without_the_host_and_loads_nothing_that_computes():
    result = run_python("import sys, maskvideo; print(*sorted({name.split('.')[0] for name in sys.modules}))")
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()).isdisjoint(HEAVY)
