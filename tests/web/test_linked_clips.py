"""Clips as players show them, and sizes of clips that other nodes give, in the editors over them."""

from ..orientation_base import COLOURS, ORIENTATIONS, quartered, write_oriented
from .corners import every_corner
from .editor_base import PICTURE as TRAJECTORY_PICTURE
from .editor_base import Editor, wait_for
from .linked_base import do, run_graph, words
from .pointing_base import PICTURE, Pointer, put_clip

SCALE = """
    const load = find((one) => one.type === 'LoadVideo')
    const parts = make('GetVideoComponents', 'Parts', {}, 1)
    const scale = make('ImageScale', 'Scale', { width: 80, height: 64, crop: 'disabled' }, 2)
    link(load, 0, parts, 'video')
    link(parts, 0, scale, 'image')
    link(scale, 0, editor, 'clip')
    link(make('PrimitiveInt', 'Wide', { value: 128 }, 4), 0, scale, 'width')
"""
MEASURE = """
    const size = make('GetImageSize', 'Measured', {}, 5)
    link(titled('Parts'), 0, size, 'image')
    link(size, 1, titled('Scale'), 'width')
"""
TAKE_APART = """
    const parts = make('GetVideoComponents', 'Parts', {}, 1)
    link(find((one) => one.type === 'LoadVideo'), 0, parts, 'video')
    link(parts, 0, editor, 'clip')
"""
LABEL = "() => document.querySelector('.mv-canvas').ariaLabel"
QUARTERS = """([selector, width, height]) => {
    const canvas = document.querySelector(selector)
    const margin = 28 * (canvas.width / canvas.clientWidth)
    const scale = Math.min((canvas.width - margin) / width, (canvas.height - margin) / height)
    const place = (middle, shift, side) => Math.round(middle / 2 + shift * side * scale)
    const colour = (x, y) => {
        const at = [place(canvas.width, x, width), place(canvas.height, y, height)]
        return [...canvas.getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3)
    }
    return [[-0.25, -0.25], [0.25, -0.25], [-0.25, 0.25], [0.25, 0.25]].map((at) => colour(...at))
}"""


def seen(page, selector, width, height):
    """What stands in the quarters of the picture, by the names of ``COLOURS``; "?" for anything else."""

    def name(colour):
        far = {key: max(abs(one - other) for one, other in zip(colour, COLOURS[key], strict=True)) for key in COLOURS}
        nearest = min(far, key=far.get)
        return nearest if far[nearest] < 60 else "?"

    return "".join(map(name, page.evaluate(QUARTERS, [selector, width, height])))


def sized(page, width, height):
    """Waits until the frame has this size; fails where it never has."""
    wait_for(lambda: f"{width} × {height} pixels" in page.evaluate(LABEL), 20)


def put(corner, name):
    """A clip stored in that orientation in the host's input folder: its file, width and height as players show it."""
    file = f"{name.replace(' ', '_')}.mp4"
    write_oriented(corner.server.base / "input" / file, [quartered()] * 4, name)
    return file, *((64, 96) if "left" in name or "right" in name else (96, 64))


def shows(page, selector, width, height, quarters):
    """Waits until the picture is this one; fails where it never is."""
    wait_for(lambda: seen(page, selector, width, height) == quarters, 20)


@every_corner
def test_clips_are_pointed_at_as_players_show_them(corner):
    for name, (_, quarters) in ORIENTATIONS.items():
        file, width, height = put(corner, name)
        Pointer(corner.page).add(file)
        sized(corner.page, width, height)
        shows(corner.page, PICTURE, width, height, quarters)


@every_corner
def test_clips_are_drawn_on_as_players_show_them(corner):
    for name, (_, quarters) in ORIENTATIONS.items():
        file, width, height = put(corner, name)
        Editor(corner.page).add(file, "LoadVideo")
        do(corner.page, f"field(editor, 'width').value = {width}; field(editor, 'height').value = {height}")
        sized(corner.page, width, height)
        shows(corner.page, TRAJECTORY_PICTURE, width, height, quarters)


@every_corner
def test_a_mirrored_clip_that_the_host_takes_apart_is_shown_as_the_run_has_it(corner):
    pointer, page = Pointer(corner.page), corner.page
    write_oriented(corner.server.base / "input" / "selfie.mp4", [quartered()] * 4, "mirrored")
    pointer.add("selfie.mp4")
    do(page, TAKE_APART)
    wait_for(lambda: page.locator(".mv-pointing .mv-frame").inner_text() == "clip unknown", 20)
    run_graph(page)
    wait_for(lambda: words(page).startswith("frames of the last run, 96 × 64; This clip is stored mirrored"), 60)
    do(page, "link(find((one) => one.type === 'LoadVideo'), 0, editor, 'clip')")
    wait_for(lambda: not words(page) and seen(page, PICTURE, 96, 64) == ORIENTATIONS["mirrored"][1], 20)


@every_corner
def test_clips_that_are_scaled_by_linked_numbers_are_shown_in_that_size_or_after_a_run(corner):
    put_clip(corner.server.base / "input")
    pointer, page = Pointer(corner.page), corner.page
    pointer.add()
    do(page, SCALE)
    sized(page, 128, 64)
    do(page, "field(titled('Wide'), 'value').value = 200")
    sized(page, 200, 64)
    do(page, MEASURE)
    wait_for(lambda: page.locator(".mv-pointing .mv-frame").inner_text() == "clip unknown", 20)
    run_graph(page)
    wait_for(lambda: words(page) == "frames of the last run, 96 × 64; width comes from Measured", 60)
    sized(page, 96, 64)
