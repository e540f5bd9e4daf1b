"""A contact sheet: all frames in one PNG, numbered, each with the outline of the mask it should follow."""

import math

import cv2
import numpy as np

from .images import write_image

LABEL_PX = 18
GAP_PX = 4
PAPER = 32  # grey level of the sheet
INK = 225  # grey level of the numbers


def write_contact_sheet(path, frames, masks=None, columns=None, cell_width_px=320):
    """Write the sheet of `contact_sheet` to a PNG or JPEG file."""
    write_image(path, contact_sheet(frames, masks, columns, cell_width_px))


def contact_sheet(frames, masks=None, columns=None, cell_width_px=320, numbers=None):
    """Lay frames out in reading order, so that one look shows place, colour and seams.

    frames: uint8 [T, H, W, 3]. masks: [T, H, W], above half of 255 (or above 0.5 for floats and bools) = foreground;
    None draws no outline. columns: chosen for a nearly square sheet when None. numbers: the frames' own, where they are
    some of a clip; counted from 0 when None. Returns uint8 [sheet H, sheet W, 3].
    """
    columns = columns or _pick_columns(len(frames))
    outlines = [None] * len(frames) if masks is None else [_as_uint8(mask) for mask in masks]
    numbers = range(len(frames)) if numbers is None else numbers
    cells = [
        _cell(frame, mask, str(number), cell_width_px)
        for frame, mask, number in zip(frames, outlines, numbers, strict=True)
    ]
    return _grid(cells, columns)


def draw_outline(image, mask):
    """The image with the mask's outline as a white line with a dark halo, visible on any colour.

    image: uint8 [H, W, 3]. mask: uint8 [h, w] of any size, 0 or 255, stretched to the image. Returns a new image.
    """
    drawn = np.ascontiguousarray(image).copy()
    smooth = cv2.resize(mask, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    contours, _ = cv2.findContours((smooth > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    halo = cv2.polylines(drawn.copy(), contours, True, (0, 0, 0), 3, cv2.LINE_AA)
    drawn = cv2.addWeighted(halo, 0.5, drawn, 0.5, 0)
    return cv2.polylines(drawn, contours, True, (255, 255, 255), 1)


def _cell(frame, mask, label, width_px):
    height_px = round(frame.shape[0] * width_px / frame.shape[1])
    enlarge = width_px > frame.shape[1]
    picture = cv2.resize(frame, (width_px, height_px), interpolation=cv2.INTER_CUBIC if enlarge else cv2.INTER_AREA)
    if mask is not None:
        picture = draw_outline(picture, mask)
    strip = np.full((LABEL_PX, width_px, 3), PAPER, np.uint8)
    cv2.putText(strip, label, (3, LABEL_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (INK,) * 3, 1, cv2.LINE_AA)
    return np.concatenate([strip, picture])


def _grid(cells, columns):
    height, width = cells[0].shape[:2]
    rows = math.ceil(len(cells) / columns)
    sheet = np.full((rows * (height + GAP_PX) + GAP_PX, columns * (width + GAP_PX) + GAP_PX, 3), PAPER, np.uint8)
    for index, cell in enumerate(cells):
        top, left = (GAP_PX + (index // columns) * (height + GAP_PX), GAP_PX + (index % columns) * (width + GAP_PX))
        sheet[top : top + height, left : left + width] = cell
    return sheet


def _pick_columns(count):
    return min(8, max(1, math.ceil(math.sqrt(count))))


def _as_uint8(mask):
    mask = np.asarray(mask)
    threshold = 127 if mask.dtype == np.uint8 and mask.max(initial=0) > 1 else 0.5
    return (mask > threshold).astype(np.uint8) * 255
