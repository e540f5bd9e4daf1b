"""The Mask Trajectory Editor's lists, views and backgrounds: every control does what it says, by hand and by key."""

import numpy as np
import pytest
from maskvideo.files.video import write_video

from .corners import first_corner
from .editor_base import EDITOR, wait_for
from .trajectory_base import CAMERA, ELLIPSE, POLYGON, trajectory

CLIP = "rising.mp4"
PIXEL = """([x, y]) => {
    const canvas = document.querySelector('.mv-canvas')
    const place = [x * canvas.width, y * canvas.height].map(Math.round)
    return [...canvas.getContext('2d').getImageData(...place, 1, 1).data].slice(0, 3)
}"""
PIXELS = """() => {
    const canvas = document.querySelector('.mv-canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return Array.from({ length: data.length / 4 / 37 }, (_, i) => [...data.slice(i * 148, i * 148 + 3)])
}"""
SIZE = """(type) => {
    const node = window.app.graph.nodes.find((one) => one.type === type)
    return ['width', 'height'].map((name) => node.widgets.find((widget) => widget.name === name).value)
}"""
SET_FRAMES = """([type, frames]) => {
    const node = window.app.graph.nodes.find((one) => one.type === type)
    const widget = node.widgets.find((one) => one.name === 'frames')
    widget.value = frames
    widget.callback?.(frames)
}"""
LUMINANCE = """const luminance = (rgb) => rgb.map((value) => value / 255)
        .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0)"""
CONTRASTS = f"""() => {{
    {LUMINANCE}
    const parse = (text) => (text.match(/[0-9.]+/g) ?? []).map(Number)
    const over = (top, ground) => {{
        const alpha = top[3] ?? 1
        return ground.map((value, i) => alpha * top[i] + (1 - alpha) * value)
    }}
    const ground = (element) => {{
        const layers = []
        for (let one = element; one; one = one.parentElement) layers.push(parse(getComputedStyle(one).backgroundColor))
        return layers.reverse().reduce((below, layer) => over(layer, below), [0, 0, 0])
    }}
    const texts = [...document.querySelectorAll('.mv-editor *')].filter((one) => one.checkVisibility()
        && !one.closest(':disabled') && !one.matches('[type=range], [type=checkbox], [type=color]')
        && (one.matches('input, select, .mv-icon')
        || [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())))
    return texts.map((one) => {{
        const under = ground(one)
        const [a, b] = [over(parse(getComputedStyle(one).color), under), under].map(luminance)
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.outerHTML.slice(0, 90)]
    }})
}}"""
CONTROLS = """const controls = [...document.querySelectorAll('dialog button, dialog input, dialog select')]
        .filter((one) => !one.disabled && !one.closest(':disabled') && one.checkVisibility())"""
COUNT = f"() => {{ {CONTROLS}; return controls.length }}"
FOCUSED = f"""() => {{
    {CONTROLS}
    const {{ activeElement: one }} = document
    const shown = one.matches('.mv-keys') ? document.querySelector('.mv-picture') : one
    const {{ outlineStyle, outlineWidth }} = getComputedStyle(shown)
    return [controls.indexOf(one), outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, one.outerHTML.slice(0, 90)]
}}"""
TWO = trajectory(
    ELLIPSE | {"name": "ball", "colour": [255, 255, 0], "position": [{"time": 0, "x": 0.3, "y": 0.3}]},
    POLYGON | {"name": "star", "colour": [0, 255, 255], "position": [{"time": 0, "x": 0.75, "y": 0.6}]},
    camera=CAMERA,
)


def pixel(editor, x, y):
    """The colour at a place of the canvas, once it is painted."""
    editor.page.wait_for_timeout(200)
    return np.array(editor.page.evaluate(PIXEL, [x, y]), int)


def press_button(editor, name):
    editor.page.get_by_role("button", name=name, exact=True).click()
    editor.page.wait_for_timeout(80)


@pytest.fixture
def two(editor):
    """A ball that stands still and a star, in the large view, the ball selected."""
    editor.text = TWO
    editor.large()
    press_button(editor, "Choose ball")
    return editor


@first_corner
def test_keyframes_and_their_easing_are_set_in_the_small_view_too(editor):
    editor.draw_one()
    press_button(editor, "Keyframes in time (T)")
    editor.settle()
    page = editor.page
    page.get_by_label("In time: easing of position").select_option("hold")
    assert editor.objects[0]["position"][0]["easing"] == "hold"
    editor.scrub(9)
    press_button(editor, "Set or remove a rotation keyframe at this frame")
    assert [key["time"] for key in editor.objects[0]["rotation"]] == [0, 0.6]
    assert page.locator(".mv-shell .mv-key").count() == len(editor.objects[0]["position"]) + 2
    press_button(editor, "Set or remove a camera keyframe at this frame")
    page.get_by_label("In time: easing of camera").select_option("linear")
    press_button(editor, "Keyframes in time (T)")
    assert not page.locator(".mv-shell .mv-key").first.is_visible()


@first_corner
def test_the_frames_of_a_loaded_video_lie_under_the_objects_before_any_run(editor, corner):
    frames = np.linspace(20, 235, 24)[:, None, None, None].astype(np.uint8) * np.ones((144, 256, 3), np.uint8)
    write_video(corner.server.base / "input" / CLIP, frames, 12)
    editor.add(CLIP, "LoadVideo")
    wait_for(lambda: pixel(editor, 0.5, 0.5).max() < 60, 20)
    editor.scrub(15)
    last = pixel(editor, 0.5, 0.5)
    editor.scrub(7)
    middle = pixel(editor, 0.5, 0.5)
    assert last.min() > 200 and 90 < middle.mean() < 165


@first_corner
def test_the_masks_take_the_images_shape(editor):
    button = editor.page.get_by_role("button", name="give them the image’s")
    button.click()
    width, height = editor.page.evaluate(SIZE, EDITOR)
    assert width % 8 == height % 8 == 0 and width / height == pytest.approx(256 / 144, rel=0.03)
    assert width * height == pytest.approx(416 * 256, rel=0.05)
    wait_for(lambda: not button.is_visible(), 10)


@first_corner
def test_the_picture_of_a_drag_is_the_picture_after_it(editor):
    at = {name: [{"time": 0, "x": x, "y": 0.5}] for name, x in (("front", 0.4), ("middle", 0.5), ("back", 0.6))}
    editor.text = trajectory(*(ELLIPSE | {"name": name, "position": key} for name, key in at.items()), camera=CAMERA)
    editor.tool("select")
    editor.click((0.5, 0.6))
    chosen = editor.points((0.5, 0.62), (0.53, 0.68))
    editor.page.mouse.move(*chosen[0])
    editor.page.mouse.down()
    editor.page.mouse.move(*chosen[1], steps=4)
    editor.page.wait_for_timeout(300)
    during = np.array(editor.page.evaluate(PIXELS), int)
    editor.page.mouse.up()
    editor.page.wait_for_timeout(300)
    after = np.array(editor.page.evaluate(PIXELS), int)
    assert any(one["position"][0]["x"] != at[one["name"]][0]["x"] for one in editor.objects)
    assert len(np.unique(after, axis=0)) > 40 and (np.abs(during - after).max(axis=1) > 12).mean() < 0.01


@first_corner
def test_another_objects_motion_begins_where_the_object_is(two):
    page = two.page
    two.scrub(15)
    two.page.get_by_label("x", exact=True).fill("0.6")
    page.keyboard.press("Tab")
    press_button(two, "Choose star")
    page.get_by_label("motion from").select_option("ball")
    ball, star = two.objects
    assert [key["x"] for key in ball["position"]] == [0.3, 0.6]
    assert [key["x"] for key in star["position"]] == pytest.approx([0.75, 1.05])
    assert {key["y"] for key in star["position"]} == {0.6}


@first_corner
def test_solo_hides_the_others_a_lock_holds_and_the_order_changes(two):
    page = two.page
    press_button(two, "Choose star")
    both = pixel(two, 0.3, 0.3)
    press_button(two, "Show star alone in the editor")
    assert np.abs(pixel(two, 0.3, 0.3) - both).max() > 60
    press_button(two, "Show star alone in the editor")
    assert (pixel(two, 0.3, 0.3) == both).all()
    press_button(two, "Lock star")
    before = two.objects[1]
    two.tool("select")
    two.drag((0.75, 0.6), (0.6, 0.5))
    assert two.objects[1] == before and before["locked"]
    press_button(two, "Choose star")
    two.press("Delete")
    assert two.objects[1] == before and page.get_by_label("x", exact=True).is_disabled()
    press_button(two, "Choose ball")
    press_button(two, "Send ball back")
    assert [one["name"] for one in two.objects] == ["star", "ball"]
    page.keyboard.press("Escape")


@first_corner
def test_the_onion_skin_shows_where_the_object_was_and_will_be(editor):
    way = [{"time": 0, "x": 0.1, "y": 0.5, "easing": "linear"}, {"time": 1, "x": 0.9, "y": 0.5}]
    small = {"shape": {"kind": "ellipse", "width": 0.06, "height": 0.06}}
    editor.text = trajectory(small | {"colour": [255, 255, 255], "position": way})
    editor.scrub(8)
    place = 0.5 + (8 / 15 - 0.5 - 2 / 15) * 0.8 * 0.95, 0.505  # beside the way's line, two frames before
    plain = [pixel(editor, place[0] + dx, place[1] + dy) for dx in (-0.01, 0, 0.01) for dy in (-0.02, 0.02)]
    press_button(editor, "Onion skin: the frames before and after (O)")
    skinned = [pixel(editor, place[0] + dx, place[1] + dy) for dx in (-0.01, 0, 0.01) for dy in (-0.02, 0.02)]
    assert sum((after - before).min() > 5 for before, after in zip(plain, skinned, strict=True)) >= 2


@first_corner
def test_an_object_comes_at_its_first_frame_and_goes_after_its_last(two):
    page = two.page
    for label, frame in (("first frame", "4"), ("last frame", "9")):
        page.get_by_label(label, exact=True).fill(frame)
        page.keyboard.press("Tab")
    ball = two.objects[0]
    assert (ball["start"], ball["end"]) == (pytest.approx(4 / 15, abs=1e-6), pytest.approx(9 / 15, abs=1e-6))
    page.get_by_label("show its view").uncheck()
    press_button(two, "Choose star")
    there = []
    for frame in (3, 4, 9, 10):
        two.scrub(frame)
        there.append(pixel(two, 0.3, 0.3)[0] > 100)
    assert there == [False, True, True, False]


@first_corner
def test_every_control_is_reached_by_keyboard_and_shows_that_it_has_the_focus(two):
    page = two.page
    reached, total = set(), page.evaluate(COUNT)
    for _ in range(total + 2):  # and what the browser itself has between the last control and the first
        page.keyboard.press("Tab")
        place, is_seen, control = page.evaluate(FOCUSED)
        assert is_seen or place < 0, f"no focus is seen on {control}"
        reached.add(place)
    assert set(range(total)) <= reached, "the focus leaves out a control"


@first_corner
def test_text_and_icons_stand_out_from_what_they_lie_on(two):
    two.scrub(3)
    two.tool("eraser")
    two.drag((0.5, 0.5), (0.6, 0.6))
    contrasts = two.page.evaluate(CONTRASTS)
    assert two.page.locator(".mv-message").is_visible() and len(contrasts) > 60
    assert [one for one in contrasts if one[0] < 4.5] == []


@first_corner
def test_one_frame_and_ten_thousand_frames_are_drawn(editor):
    editor.draw_one()
    page = editor.page
    for frames, shown in ((1, "0 / 0"), (0, "0 / 15"), (-5, "0 / 15"), (None, "0 / 15"), (10_000, "0 / 9999")):
        page.evaluate(SET_FRAMES, [EDITOR, frames])
        page.wait_for_timeout(150)
        assert page.locator(".mv-frame").inner_text() == shown  # what is no count of frames is as the default
    editor.scrub(5000)
    assert page.locator(".mv-frame").inner_text() == "5000 / 9999"
    page.locator(".mv-play").click()
    wait_for(lambda: int(page.locator(".mv-slider").input_value()) > 5002, 10)
    page.locator(".mv-play").click()
