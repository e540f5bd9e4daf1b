"""The four corners that the editors must work in: two front ends, two renderers."""

import pytest

CORNERS = {
    "bundled-nodes-2": ("bundled", True),
    "bundled-classic": ("bundled", False),
    "newest-nodes-2": ("newest", True),
    "newest-classic": ("newest", False),
}
FIRST = next(iter(CORNERS))
"""Where everything is tested; the other corners have what the renderer or the front end can break."""

every_corner = pytest.mark.parametrize("corner", CORNERS.values(), ids=CORNERS, indirect=True, scope="module")
first_corner = pytest.mark.parametrize("corner", [CORNERS[FIRST]], ids=[FIRST], indirect=True, scope="module")
