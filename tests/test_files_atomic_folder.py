import pytest
from maskvideo.core.errors import MaskVideoError
from maskvideo.files.atomic_folder import atomic_folder


def ours(name):
    return name.endswith(".png")


def test_a_folder_appears_when_it_is_whole(tmp_path):
    with atomic_folder(tmp_path / "deep" / "out", ours) as folder:
        (folder / "a.png").write_text("1")
        assert not (tmp_path / "deep" / "out").exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    assert (tmp_path / "deep" / "out" / "a.png").read_text() == "1"


def test_a_folder_that_is_there_is_replaced_with_all_that_is_in_it(tmp_path):
    for name in ("a.png", "b.png"):
        with atomic_folder(tmp_path / "out", ours) as folder:
            (folder / name).write_text(name)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_fails_leaves_the_old_folder(tmp_path):
    with atomic_folder(tmp_path / "out", ours) as folder:
        (folder / "a.png").write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "out", ours) as folder:
        (folder / "a.png").write_text("new")
        raise KeyboardInterrupt
    assert (tmp_path / "out" / "a.png").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_the_files_of_others_stop_it_before_it_begins(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("mine")
    with (
        pytest.raises(MaskVideoError, match=r"holds other files \(diary\.txt\)"),
        atomic_folder(tmp_path / "out", ours),
    ):
        raise AssertionError("the block ran")
    (tmp_path / "file").write_text("")
    with pytest.raises(MaskVideoError, match="is a file"), atomic_folder(tmp_path / "file", ours):
        raise AssertionError("the block ran")
