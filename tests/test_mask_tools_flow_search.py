"""The search finds what looks most like the object, and nothing where no candidate stands out."""

import numpy as np
from maskvideo.mask_tools.flow_search import Search, best_candidate
from maskvideo.mask_tools.flow_settings import FlowSettings

SIZE = (60, 80)


def looks(*boxes):
    """Likeness -3 everywhere, 3 in boxes (y, x, side)."""
    image = np.full(SIZE, -3, np.float32)
    for y, x, side in boxes:
        image[y : y + side, x : x + side] = 3
    return image


def disk_at(y, x, side):
    mask = np.zeros(SIZE, bool)
    mask[y : y + side, x : x + side] = True
    return mask


def search_after(*boxes):
    """A search that has seen a square of 14 pixels at (5, 5), and other boxes, in sight."""
    search = Search(14 * 14, FlowSettings())
    seen = disk_at(5, 5, 14)
    assert search.find(looks((5, 5, 14), *boxes), np.ones(SIZE, bool), seen, np.zeros(SIZE, bool)) is None
    return search


def find(search, likeness, known=True, others=False):
    return search.find(likeness, np.full(SIZE, known), np.zeros(SIZE, bool), np.full(SIZE, others))


def test_the_best_candidate_is_the_one_of_most_mass_and_parts_nearby_join():
    found, mass = best_candidate(looks((5, 5, 6), (40, 40, 8), (40, 49, 4)), 144.0)
    assert found[44, 44] and found[41, 50] and not found[8, 8] and mass > 0
    assert not best_candidate(looks(), 144.0)[0].any()


def test_a_lost_object_is_found_where_it_looks_like_itself():
    found = find(search_after(), looks((40, 60, 12)))
    assert found[45, 65] and not found[10, 10]


def test_a_lost_object_is_not_found_in_little_in_what_always_looked_like_it_or_where_others_are():
    assert find(search_after(), looks((40, 60, 3))) is None
    assert find(search_after((40, 60, 9)), looks((40, 60, 12))) is None
    assert find(search_after(), looks((40, 60, 12)), others=True) is None


def test_a_scene_never_seen_before_proves_nothing():
    assert find(search_after(), looks((40, 60, 12)), known=False) is None
