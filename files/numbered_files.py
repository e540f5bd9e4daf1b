"""Sequences told by file names: which files belong together, in which order, and what is missing between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

STAMP = (
    r"(?<!\d)(?:\d{10}\.\d{6,9}|(?:19|20)\d\d([-_.]?)[01]\d\1[0-3]\d(?:[-_ T]|_at_| at )+"
    r"[0-2]\d([-_.]?)[0-5]\d\2[0-5]\d(?:\.?\d{3}|\.\d{6})?)(?!\d)"
)
"""A time of day with its date, "2024-05-01 12.00.58", or seconds since 1970 with a fraction: one number."""
NUMBER = re.compile(rf"{STAMP}|(?<![^\W_])(?<![-)\]}}])-\d+|\d+")
"""A minus is a sign where no letter, digit or bracket stands before it: "shot.-0008", not "IMG-0008"."""
PADDED = 3
"""Digits of a number that is filled with zeros to be as long as the frames' last: "0001", not "01" or "1"."""
MASK_WORDS = frozenset(
    [
        "mask",
        "masks",
        "matte",
        "mattes",
        "alpha",
        "seg",
        "segm",
        "segmentation",
        "label",
        "labels",
        "annotation",
        "annotations",
        "gt",
        "groundtruth",
    ]
)
"""In a file's or a folder's name, they say that the pictures beside it are not the masks."""
EARLIEST = 10**9
"""From here on a number is a time, in which nothing is missing."""
MOST_RUNS = 4
"""Gaps listed one by one."""


@dataclass(frozen=True)
class FileSequence:
    """Files that differ in their frame number alone, in its order.

    name: the words by which it differs from its folder's other sequences, "" where it is the only one. numbers: one for
    each file, rising; None where the names have none that tell the files apart. pattern: a file name, # for a digit.
    """

    name: str
    paths: tuple[Path, ...]
    numbers: tuple[int, ...] | None
    pattern: str

    @property
    def named_as_masks(self) -> bool:
        """Whether its name says that it is the masks of pictures beside it."""
        return bool(MASK_WORDS & set(re.findall(r"[a-z]+", self.name.lower())))

    @property
    def described(self) -> str:
        """Such as "shot.####.png, 16 files, -8 to 7"."""
        span = f", {self.numbers[0]} to {self.numbers[-1]}" if self.numbers and len(self.paths) > 1 else ""
        return f"{self.pattern}, {len(self.paths)} file{'s' if len(self.paths) > 1 else ''}{span}"


def natural_key(path: str | Path) -> list[tuple[int, int, str]]:
    """Sort key by which "frame2" comes before "frame10", and "shot.-2" before "shot.1"."""
    words, numbers = _parts(Path(path).name)
    key = [part for pair in zip(words, numbers, strict=False) for part in ((0, 0, pair[0]), (1, _value(pair[1]), ""))]
    return [*key, (0, 0, words[-1])]


def file_sequences(paths: Iterable[Path]) -> list[FileSequence]:
    """The sequences that files form by their names, in order of their names; every file is in one of them.

    Files whose words and number of numbers agree belong together. Where several numbers vary, the frame's is the one
    that tells all files apart, and where none does alone, the others tell sequences apart, as "obj1_0001", "obj2_0001".
    Files that have nothing in common ("a.png", "b.png") are one sequence without numbers.
    """
    groups: dict[tuple, list[Path]] = defaultdict(list)
    for path in sorted(paths, key=lambda path: (natural_key(path), path.name)):
        groups[_words(path)].append(path)
    groups = [part for group in groups.values() for part in _by_suffix(group)]
    if len(groups) > 1 and all(len(group) == 1 for group in groups) and not _numbers_repeat(groups):
        return [_loose([path for group in groups for path in group])]
    return _named([sequence for group in groups for sequence in _split(group)])


def missing_text(numbers: Sequence[int]) -> str:
    """What rising numbers leave out: "every 5th from 0 to 15", "without 4 and 7 to 9", "" for nothing and for times."""
    if any(abs(number) >= EARLIEST for number in numbers):
        return ""
    steps = {after - before for before, after in pairwise(numbers)}
    if steps <= {1}:
        return ""
    if len(steps) == 1:
        return f"every {_ordinal(steps.pop())} from {numbers[0]} to {numbers[-1]}"
    runs = [(before + 1, after - 1) for before, after in pairwise(numbers) if after - before > 1]
    listed = [f"{first}" if first == last else f"{first} to {last}" for first, last in runs[:MOST_RUNS]]
    if len(runs) > MOST_RUNS:
        listed.append(f"{len(runs) - MOST_RUNS} more gaps")
    return "without " + " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))


def _parts(name: str) -> tuple[list[str], list[str]]:
    """What stands around the numbers of a name, in lower case, and the numbers as they are written."""
    found = list(NUMBER.finditer(name))
    starts, ends = [0, *(one.end() for one in found)], [*(one.start() for one in found), len(name)]
    words = [name[start:end].lower() for start, end in zip(starts, ends, strict=True)]
    return words, [one[0] for one in found]


def _value(number: str) -> int:
    """As it is written, a stamp by all its digits."""
    digits = int(re.sub(r"\D", "", number))
    return -digits if number.startswith("-") else digits


def _words(path: Path) -> tuple[str, ...]:
    return tuple(_parts(path.stem)[0])


def _by_suffix(group: Sequence[Path]) -> list[list[Path]]:
    """One group for each suffix where files differ in it alone; else one, saved in several formats."""
    if len({path.stem for path in group}) == len(group):
        return [list(group)]
    parts: dict[str, list[Path]] = defaultdict(list)
    for path in group:
        parts[path.suffix.lower()].append(path)
    return list(parts.values())


def _numbers(path: Path) -> tuple[int, ...]:
    return tuple(map(_value, _parts(path.stem)[1]))


def _loose(paths: Sequence[Path]) -> FileSequence:
    """Files of different words: by the number that all begin with or end on, as "0001_3f.png", else by name."""
    for pattern in (r"^((?:\D*?[\W_])?)(-?\d+)(?!\d)", r"(?<![^\W_])()(\d+)$"):
        found = [re.search(pattern, path.stem.lower()) for path in paths]
        if all(found) and len({one[1] for one in found}) == 1:
            numbers = [int(one[2]) for one in found]
            if len(set(numbers)) == len(numbers):
                numbers, paths = zip(*sorted(zip(numbers, paths, strict=True)), strict=True)
                return FileSequence("", tuple(paths), tuple(numbers), paths[0].name)
    return FileSequence("", tuple(paths), None, paths[0].name)


def _numbers_repeat(groups: Iterable[Sequence[Path]]) -> bool:
    """Whether files of other words carry the same last number: an object each, not one sequence."""
    last = [numbers[-1] if (numbers := _numbers(path)) else None for (path,) in groups]
    return None not in last and len(set(last)) < len(last)


def _split(group: Sequence[Path]) -> list[FileSequence]:
    """A group of the same words as one sequence, or one for each value of its other numbers."""
    rows = _rows(group)
    varying = [place for place in range(len(rows[0])) if len({row[place] for row in rows}) > 1]
    unique = [place for place in varying if len({row[place] for row in rows}) == len(rows)]
    if not varying:
        return [_ordered(group, [rows[0][-1]] if len(group) == 1 and rows[0] else None)]
    if unique:
        frame = min(unique, key=lambda place: (_span(rows, place), -place))
        return [_ordered(group, [row[frame] for row in rows])]
    return _by_object(group, rows, varying) or [_ordered(group, None)]


def _rows(group: Sequence[Path]) -> list[tuple[int, ...]]:
    """The numbers of each file; where a minus stands before a zero, it is a hyphen before the others, too."""
    written = [_parts(path.stem)[1] for path in group]
    dashes = [any(re.fullmatch("-0+", number) for number in column) for column in zip(*written, strict=True)]
    return [
        tuple(abs(_value(number)) if dash else _value(number) for number, dash in zip(row, dashes, strict=True))
        for row in written
    ]


def _by_object(group: Sequence[Path], rows: Sequence[tuple[int, ...]], varying: Sequence[int]) -> list[FileSequence]:
    """Sequences told apart by the varying numbers that are not the frame's, nor go along with it; [] where none is.

    The frame's is the longest that is filled with zeros, else the one with the most values.
    """
    columns = list(zip(*(_parts(path.stem)[1] for path in group), strict=True))
    values = {place: len({row[place] for row in rows}) for place in varying}
    frame = max(varying, key=lambda place: (_padded(columns[place]), values[place], place))
    objects = [place for place in varying if len({(row[frame], row[place]) for row in rows}) > values[frame]]
    found: dict[tuple, list[tuple[Path, int]]] = defaultdict(list)
    for path, row in zip(group, rows, strict=True):
        found[tuple(row[place] for place in objects)].append((path, row[frame]))
    if any(len({number for _, number in files}) < len(files) for files in found.values()):
        return []
    return [_ordered(*map(list, zip(*files, strict=True)), fixed=objects) for _, files in sorted(found.items())]


def _padded(numbers: Sequence[str]) -> int:
    """Digits of numbers that are filled with zeros to one length, else 0."""
    width = min(map(len, numbers))
    return width if width >= PADDED and any(number.startswith("0") for number in numbers) else 0


def _ordered(paths: Sequence[Path], numbers: Sequence[int] | None, fixed: Sequence[int] = ()) -> FileSequence:
    if numbers is not None:
        pairs = sorted(zip(numbers, paths, strict=True), key=lambda pair: pair[0])
        numbers, paths = zip(*pairs, strict=True)
    return FileSequence("", tuple(paths), numbers and tuple(numbers), _pattern(paths, fixed))


def _pattern(paths: Sequence[Path], fixed: Sequence[int]) -> str:
    """The first name, its varying numbers as #."""
    rows = [_numbers(path) for path in paths]
    places = iter(range(len(rows[0])))

    def mark(found: re.Match) -> str:
        place = next(places)
        varies = place not in fixed and len({row[place] for row in rows}) > 1
        return "#" * len(found[0].lstrip("-")) if varies else found[0]

    return NUMBER.sub(mark, paths[0].stem) + paths[0].suffix


def _span(rows: Sequence[tuple[int, ...]], place: int) -> int:
    values = [row[place] for row in rows]
    return max(values) - min(values)


def _named(sequences: Sequence[FileSequence]) -> list[FileSequence]:
    """Each with the words that the others lack: between what all names begin with and what all end with."""
    if len(sequences) < 2:
        return list(sequences)
    words = [re.findall(r"[^\W_]+", re.sub(r"#+", " ", _unnumbered(one))) for one in sequences]
    start = _common(words)
    end = _common([list(reversed(one[start:])) for one in words])
    names = [" ".join(one[start : len(one) - end]) for one in words]
    if len(set(names)) < len(names):
        names = [one.pattern for one in sequences]
    return [replace(one, name=name) for one, name in zip(sequences, names, strict=True)]


def _unnumbered(sequence: FileSequence) -> str:
    """The stem of its pattern; where there is but one file, without its last number."""
    stem = Path(sequence.pattern).stem
    last = [*NUMBER.finditer(stem)][-1:] if len(sequence.paths) == 1 and sequence.numbers else []
    return stem[: last[0].start()] + "#" + stem[last[0].end() :] if last else stem


def _common(rows: Sequence[Sequence[str]]) -> int:
    """How many first words are the same in all rows."""
    count = 0
    while all(len(row) > count for row in rows) and len({row[count] for row in rows}) == 1:
        count += 1
    return count


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 // 10 != 1 else 0, "th")
    return f"{number}{ending}"
