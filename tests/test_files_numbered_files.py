"""Which files belong together, in which order, and what is missing, is told by their names."""

from pathlib import Path

import pytest
from maskvideo.files.numbered_files import file_sequences, missing_text


def found(*names):
    """[(name, numbers, first file), ..]."""
    sequences = file_sequences([Path(name) for name in names])
    return [(one.name, one.numbers, one.paths[0].name) for one in sequences]


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ([f"m{i}.png" for i in (10, 2, 1)], (1, 2, 10)),
        ([f"shot.{'-' if i < 0 else ''}{abs(i):04d}.exr" for i in (1, 0, -1, -8)], (-8, -1, 0, 1)),
        (["IMG-0002.jpg", "IMG-0010.jpg"], (2, 10)),
        (["-2.png", "-1.png", "0.png"], (-2, -1, 0)),
        (["v2_0001_1920x1080.png", "v2_0003_1920x1080.png"], (1, 3)),
        (["00001_90341.png", "00002_90874.png"], (1, 2)),
        (["f001.jpg", "f002.png", "f003.jpg"], (1, 2, 3)),
        (["Frame_1.PNG", "frame_2.png"], (1, 2)),
        (["20240501_120058_0001.png", "20240501_120058_0003.png"], (1, 3)),
        (["take (2)-0000.png", "take (2)-0001.png"], (0, 1)),
        (["clip_-0000.png", "clip_-0001.png"], (0, 1)),
        (["0001_3f2a.png", "0002_b7.png", "0010_0c1d.png"], (1, 2, 10)),
        (["3f2a_0002.png", "b7_0001.png", "0c1d_0003.png"], (1, 2, 3)),
        (["frame_0002_jpg.rf.3f2a.png", "frame_0001_jpg.rf.b7.png"], (1, 2)),
    ],
)
def test_files_are_ordered_by_their_frames_number(names, numbers):
    assert [(name, order) for name, order, _ in found(*names)] == [("", numbers)]


@pytest.mark.parametrize(
    ("names", "objects"),
    [
        ([f"task-{40 + i}-annotation-{90 + i}-by-1-tag-{tag}-0.png" for i in range(3) for tag in ("ball", "dog")],
         ["ball", "dog"]),
        ([f"obj{tag}_{i:04d}.png" for i in range(3) for tag in (1, 2)], ["obj1", "obj2"]),
        ([f"{i:04d}_obj{tag}.png" for i in range(3) for tag in (1, 2)], ["obj1", "obj2"]),
        (["ball_0001.png", "dog_0001.png"], ["ball", "dog"]),
        ([f"f_{i}{end}.png" for i in range(3) for end in ("", "_mask")], ["", "mask"]),
        ([f"f_{i}.{end}" for i in range(3) for end in ("jpg", "png")], ["f_#.jpg", "f_#.png"]),
        ([f"car{tag}_{i:04d}.png" for i in range(2) for tag in (1, 2, 3)], ["car1", "car2", "car3"]),
        ([f"{i:06d}_{tag:02d}.png" for i in range(3) for tag in range(3)], ["00", "01", "02"]),
        ([f"task-{i}-annotation-{i + 7}-by-1-tag-a-{tag}.png" for i in range(3) for tag in (0, 1)], ["0", "1"]),
        (["m_1.png", "m_2.png", "contact sheet.png"], ["contact sheet", "m"]),
    ],
)  # fmt: skip
def test_several_sequences_are_told_apart_and_named_by_what_differs(names, objects):
    assert sorted(name for name, *_ in found(*names)) == objects


@pytest.mark.parametrize("names", [("b.png", "a.png"), ("mask1_final.png", "mask2.png"), ("01.png", "1.png")])
def test_names_without_a_common_number_are_one_sequence_in_their_order(names):
    ((name, numbers, first),) = found(*names)
    assert (name, numbers) == ("", None) and first == min(names)


@pytest.mark.parametrize(
    "names",
    [
        ["cap 2024-05-01 12.00.58.png", "cap 2024-05-01 12.00.59.png", "cap 2024-05-01 12.01.00.png"],
        ["IMG_20240501_235959.png", "IMG_20240502_000000.png"],
        ["1305031102.975304.png", "1305031103.043212.png", "1305031103.475304.png"],
        ["PXL_20240501_120058900.png", "PXL_20240501_120059100.png", "PXL_20240501_120059900.png"],
    ],
)
def test_files_named_by_time_are_ordered_by_it_and_miss_nothing(names):
    (one,) = file_sequences([Path(name) for name in reversed(names)])
    assert [path.name for path in one.paths] == names and missing_text(one.numbers) == ""


def test_a_single_file_keeps_its_number_and_is_named_without_it():
    assert [one[:2] for one in found("ball_0003.png", "dog_0003.png", "dog_0004.png")] == [
        ("ball", (3,)),
        ("dog", (3, 4)),
    ]


def test_each_file_is_in_one_sequence():
    names = {f"{word}{a}_{b}.{end}" for word in "ab" for a in (1, 2) for b in (1, 2, 3) for end in ("png", "jpg")}
    paths = [path.name for one in file_sequences(map(Path, names)) for path in one.paths]
    assert len(paths) == len(names) and set(paths) == names


def test_a_sequence_says_what_it_is():
    (one,) = file_sequences([Path(f"shot.{i:04d}.png") for i in range(3, 7)])
    assert one.described == "shot.####.png, 4 files, 3 to 6"


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((), ""),
        ((4,), ""),
        ((-1, 0, 1), ""),
        ((0, 5, 10, 15), "every 5th from 0 to 15"),
        ((1, 3), "every 2nd from 1 to 3"),
        ((0, 1, 3, 4, 8), "without 2 and 5 to 7"),
        ((0, 2, 3, 5, 6, 8, 9, 11, 12, 14), "without 1, 4, 7, 10 and 1 more gaps"),
    ],
)
def test_what_is_missing_is_named(numbers, text):
    assert missing_text(numbers) == text
