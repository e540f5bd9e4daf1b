"""What pip and ComfyUI Manager install is what the folders hold and the code imports."""

from fnmatch import fnmatch
from pathlib import PurePath

import pytest
from packaging.requirements import Requirement

from .house import BESIDE_THE_PACK, HOST_MODULES, PYPROJECT, ROOT, left_out_of_archive, packages, sources, third_party

PROJECT, SETUPTOOLS = PYPROJECT["project"], PYPROJECT["tool"]["setuptools"]
DISTRIBUTIONS = {
    "cv2": "opencv-python",
    "PIL": "pillow",
    "hydra": "hydra-core",
    "segment_anything": "segment-anything",
}
"""Where a distribution's name is not its module's."""


BENEATH = {"torchvision"}
"""What segment-anything imports and does not ask for."""


def dependencies() -> list[str]:
    return PROJECT["dependencies"]


def extras() -> list[str]:
    return [line for name in ("segment", "adamw8bit") for line in PROJECT["optional-dependencies"][name]]


def test_every_folder_of_the_pack_is_a_package_that_pip_installs():
    assert sorted(SETUPTOOLS["packages"]) == sorted(packages())


def test_every_asset_is_installed():
    patterns = SETUPTOOLS["package-data"]["maskvideo.assets"]
    assets = ROOT / "assets"
    files = [file.relative_to(assets) for file in assets.rglob("*") if file.is_file() and ".py" not in file.suffix]
    assert files
    # fnmatch's star crosses folders, a package-data pattern's does not.
    missing = [file for file in files if not any(len(file.parts) == 2 and fnmatch(file, one) for one in patterns)]
    assert missing == []


@pytest.mark.parametrize("folder", ["web", "workflows"])
def test_everything_that_the_host_reads_beside_the_code_is_installed(folder):
    patterns = SETUPTOOLS["package-data"]["maskvideo"]
    files = [file.relative_to(ROOT) for file in (ROOT / folder).rglob("*") if file.is_file()]
    missing = [file for file in files if not any(PurePath(file).match(one) for one in patterns)]
    assert missing == []


def test_the_archive_leaves_out_what_only_development_needs():
    # A slash at the start: by gitignore's rules "docs/" would leave out web/docs/ too.
    assert all((ROOT / line.removeprefix("/")).exists() and line.startswith("/") for line in left_out_of_archive())
    folders = {line.strip("/") for line in left_out_of_archive() if line.endswith("/")}
    assert folders == {*BESIDE_THE_PACK} - {"web", "workflows"}


def test_requirements_say_the_same_to_comfyui_manager():
    assert (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")[:-1] == dependencies()


def test_dependencies_have_lower_bounds_only_so_that_a_host_keeps_its_versions():
    for line in [*dependencies(), *extras()]:
        assert [bound.operator for bound in Requirement(line).specifier] == [">="], line


def test_everything_imported_is_a_dependency_and_every_dependency_is_imported():
    imported = {name for file in sources() for name in third_party(file)} - HOST_MODULES
    declared = {Requirement(line).name for line in [*dependencies(), *extras()]}
    assert {DISTRIBUTIONS.get(name, name) for name in imported} == declared - BENEATH


def test_the_changelog_opens_with_the_version_that_is_installed():
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "]
    assert headings[0].split()[1] == PROJECT["version"]
