"""How a stored picture is turned and mirrored before it is seen: the display matrix of phones, cameras and editors.

The matrix lies in the file's header, and FFmpeg hands it out beside each frame. `VideoFrame.rotation` tells its angle
alone, and not that it mirrors: a mirrored clip looks like one turned by 180 degrees there, and one that is upside down
like one to be left alone. So the matrix itself is read. Players and browsers show a clip by the same rule.
"""

from struct import unpack


def as_shown(picture, frame):
    """The picture of a decoded frame as players show it: [H, W, ...] -> [H, W, ...], or [W, H, ...] where it is turned.

    picture: any array made of `frame`. A view of it comes back. An angle between two quarters is taken to the nearest.
    """
    turned, left_right, upside_down = _orientation(frame)
    picture = picture.swapaxes(0, 1) if turned else picture
    return picture[:: -1 if upside_down else 1, :: -1 if left_right else 1]


def shown_size(frame):
    """(H, W) in pixels of a decoded frame as players show it."""
    return (frame.width, frame.height) if _orientation(frame)[0] else (frame.height, frame.width)


def is_mirrored(frame):
    """Whether a decoded frame is stored mirrored: a reader that knows the angle alone, as ComfyUI's, shows it wrong."""
    turned, left_right, upside_down = _orientation(frame)
    return turned ^ left_right ^ upside_down


def _orientation(frame):
    """(whether x and y change places, and then: whether left and right do, whether top and bottom do)."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False, False, False
    # 3 x 3, row by row: a pixel (x, y) is shown at (a x + c y, b x + d y), up to a shift
    a, b, _, c, d, *_ = unpack("=9i", bytes(matrix))
    turned = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if turned else (a, d)
    return turned, across < 0, down < 0
