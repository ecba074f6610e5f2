import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluation.charts import accuracy_plane, dot_radius, risk_plane, share_plane
from aisle.evaluation.metrics import ReliabilityBin, RiskPoint


def test_axes_map_their_ends_to_their_pixels():
    plane = share_plane()
    assert (plane.x(0), plane.x(1)) == (plane.x.start, plane.x.end)
    assert plane.y(1) < plane.y(0)
    assert plane.x.ticks == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


@given(st.floats(0, 1))
def test_every_risk_lies_on_its_plane_with_a_few_ticks(risk):
    plane = risk_plane([RiskPoint(1, risk, 0.5)])
    assert plane.y.end <= plane.y(risk) <= plane.y.start
    assert 2 <= len(plane.y.ticks) <= 9


@given(st.floats(0, 1))
def test_every_accuracy_lies_on_its_plane(accuracy):
    plane = accuracy_plane([accuracy])
    assert plane.y.end <= plane.y(accuracy) <= plane.y.start
    assert plane.y.ticks[-1] == pytest.approx(1)


def test_dots_grow_with_their_answers():
    bins = [ReliabilityBin(0, 1, count, 0.5, 0.5) for count in (1, 25, 100)]
    radii = [dot_radius(one, bins) for one in bins]
    assert radii == sorted(set(radii))
    assert radii[0] >= 3
