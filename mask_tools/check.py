"""Check a mask sequence before any work is done with it."""

from ..core.errors import MaskVideoError


def check_masks(masks):
    """Refuse masks that cannot guide a video; list the frames in which the object is missing.

    masks: [B, 1, T, H, W], 1 = foreground. Returns the indices of all-black masks after the first, a list of ints: the
    object may leave the picture, so they are worth a warning (`describe_vanished`) and no more.
    Raises MaskVideoError where mask 0 is all black: the first frame is made from it, and all others follow that.
    """
    black = [not bool((masks[:, :, frame] > 0.5).any()) for frame in range(masks.shape[2])]
    if black[0]:
        raise MaskVideoError(f"mask 0 is all black, the first frame needs an object to show: {_cure(black)}")
    return [frame for frame, is_black in enumerate(black) if is_black]


def describe_vanished(frames):
    """The warning for frames without an object, such as "the mask vanishes in frames 5-8 and 12"; "" for none."""
    if not frames:
        return ""
    return f"the mask vanishes in {span(frames)}: nothing guides the object there"


def span(frames):
    """Frames in words, such as "frames 5-8 and 12". frames: indices, rising, one at least."""
    runs = [str(a) if a == b else f"{a}-{b}" for a, b in _runs(frames)]
    listed = " and ".join(filter(None, [", ".join(runs[:-1]), runs[-1]]))
    return f"frame{'s' if len(frames) > 1 else ''} {listed}"


def check_size(height, width, multiple=8):
    """Refuse a picture size that the latent grid cannot hold, naming the nearest one that it can."""
    fits = [max(multiple, round(side / multiple) * multiple) for side in (height, width)]
    if (height, width) != tuple(fits):
        raise MaskVideoError(
            f"size {width}x{height} came, width and height must be divisible by {multiple}: use {fits[1]}x{fits[0]}"
        )


def _cure(black):
    if all(black):
        return f"all {len(black)} masks are black, give masks with a bright object"
    return f"start at mask {black.index(False)}, the first that shows one"


def _runs(frames):
    """[5, 6, 8] -> [(5, 6), (8, 8)]."""
    runs = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs
