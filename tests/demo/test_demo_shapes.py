import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import shapes
from demo.colours import COLOURS, contrasting, darker, lighter, mix

coordinates = st.floats(-1, 1)
points = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8)
colours = st.tuples(*[st.integers(0, 255)] * 3)


def distance(path, point):
    return np.hypot(*(path - point).T).min()


@given(points)
def test_smooth_paths_go_through_their_points(knots):
    for path in (shapes.blob(knots), shapes.curve(knots)):
        assert max(distance(path, point) for point in knots) < 1e-9


@given(points)
def test_mirrored_outline_is_the_same_on_both_sides(half):
    outline = shapes.mirrored(half)
    assert all(distance(outline, (-x, y)) < 1e-12 for x, y in outline)


@given(points, st.floats(-360, 360))
def test_turning_keeps_distances_and_turns_back(knots, degrees):
    outline = shapes.path(knots)
    turned = shapes.turned(outline, degrees, (0.3, -0.2))
    assert np.allclose(shapes.turned(turned, -degrees, (0.3, -0.2)), outline)
    lengths = (np.hypot(*np.diff(path, axis=0).T) for path in (outline, turned))
    assert np.allclose(*lengths)


def test_quarter_turn_is_clockwise_on_the_screen():
    assert np.allclose(shapes.turned(shapes.path([(1, 0)]), 90), [(0, 1)])


def test_band_is_as_broad_as_asked():
    outline = shapes.band(shapes.path([(-1, 0), (0, 0), (1, 0)]), 0.2)
    assert np.ptp(outline[:, 1]) == pytest.approx(0.2)
    assert np.ptp(outline[:, 0]) == pytest.approx(2)


def test_rounded_slab_stays_in_its_box_and_lacks_its_corners():
    outline = shapes.slab((-0.5, -0.4), (0.7, 0.6), 0.2)
    assert np.allclose([outline.min(axis=0), outline.max(axis=0)], [(-0.5, -0.4), (0.7, 0.6)])
    assert distance(outline, (0.7, 0.6)) > 0.05


def test_regular_shapes_lie_on_their_circle():
    for outline in (shapes.polygon((0.1, 0.2), 0.5, 5), shapes.disc((0.1, 0.2), 0.5)):
        assert np.allclose(np.hypot(*(outline - (0.1, 0.2)).T), 0.5)
    assert shapes.star((0, 0), 0.5).shape == (10, 2)
    assert np.allclose(shapes.on_circle((0, 0), 1, 90), (1, 0))


@given(colours, colours, st.floats(0, 1))
def test_mixing_stays_between(first, second, share):
    for a, b, got in zip(first, second, mix(first, second, share), strict=True):
        assert min(a, b) <= got <= max(a, b)


def test_tones_can_be_told_apart():
    for colour in COLOURS.values():
        assert sum(darker(colour.rgb)) < sum(colour.rgb) < sum(lighter(colour.rgb))
        assert abs(sum(contrasting(colour.rgb)) - sum(colour.rgb)) > 90
