import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.atomic import atomic_path, require_writable_folder

KILLED_WHILE_WRITING = """
import os, signal, sys
from maskvideo.files.atomic import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder):
    return sorted(os.listdir(folder))


def test_the_file_appears_only_when_the_block_ends(tmp_path):
    target = tmp_path / "video.mp4"
    with atomic_path(target) as temporary:
        temporary.write_bytes(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert names(tmp_path) == ["video.mp4"]


def test_the_temporary_lies_beside_the_target_and_keeps_its_suffix(tmp_path):
    with atomic_path(tmp_path / "video.mp4") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")
        temporary.touch()


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path, interruption):
    target = tmp_path / "report.json"
    target.write_text("old")
    with pytest.raises(interruption), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise interruption
    assert target.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_a_new_file_replaces_the_old_one(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")
    with atomic_path(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    target = tmp_path / "report.json"
    with atomic_path(target) as one, atomic_path(target) as other:
        one.write_text("one")
        other.write_text("other")
    assert target.read_text() == "one"
    assert names(tmp_path) == ["report.json"]


def test_a_name_of_the_longest_allowed_length_is_written(tmp_path):
    target = tmp_path / ("n" * 250 + ".json")
    with atomic_path(target) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="Windows files carry no mode")
def test_the_file_has_the_rights_of_any_other_new_file(tmp_path):
    plain, target = tmp_path / "plain", tmp_path / "atomic"
    plain.touch()
    with atomic_path(target) as temporary:
        temporary.touch()
    assert target.stat().st_mode == plain.stat().st_mode


def test_a_folder_in_the_files_place_is_an_error_that_names_it(tmp_path):
    target = tmp_path / "out.mp4"
    target.mkdir()
    with pytest.raises(MaskVideoError, match=r"out\.mp4 cannot be replaced"), atomic_path(target) as temporary:
        temporary.touch()
    assert names(tmp_path) == ["out.mp4"]


def test_a_missing_folder_is_named_before_anything_is_written(tmp_path):
    with (
        pytest.raises(MaskVideoError, match=r"there is no folder .*nowhere"),
        atomic_path(tmp_path / "nowhere" / "a.png"),
    ):
        pytest.fail("the block must not run")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "weights.safetensors"
    target.write_text("old")
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_folder_is_made_with_its_parents_and_left_empty(tmp_path):
    folder = require_writable_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert names(folder) == []


def test_a_file_in_the_folders_place_is_an_error_with_the_nearest_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    message = rf"output folder .*frames cannot be written \(.+\): give a folder inside {tmp_path}"
    with pytest.raises(MaskVideoError, match=message.replace("\\", "\\\\") if os.name == "nt" else message):
        require_writable_folder(tmp_path / "out" / "frames")
    assert names(tmp_path) == ["out"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that takes no files")
def test_a_folder_that_takes_no_files_is_an_error():
    with pytest.raises(MaskVideoError, match=r"output folder /proc/self/out cannot be written \(.+\)"):
        require_writable_folder("/proc/self/out")
