"""Angles, order and leading objects, on hand-made events."""

import math

import numpy as np
import pytest

from deepcollider.physics.events import (
    OBJECT_DTYPE,
    Events,
    concatenate,
    counts_per_kind,
    empty_events,
    hardest,
    leading,
    sort_objects,
    wrap_phi,
)


def objects_of(*rows):
    """Events from lists of (kind code, pt)."""
    objects = np.zeros((len(rows), 20), OBJECT_DTYPE)
    for i, row in enumerate(rows):
        for j, (kind, pt) in enumerate(row):
            objects[i, j] = (kind, kind > 0, 2 * pt, pt, 0.1, 0.2)
    return objects


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wrapped_angles_are_the_same_direction_and_in_range(dtype):
    phi = np.random.default_rng(0).uniform(-30, 30, 20_000).astype(dtype)
    wrapped = wrap_phi(phi)
    assert wrapped.dtype == dtype
    assert (wrapped.astype(float) > -math.pi).all() and (wrapped.astype(float) <= math.pi).all()
    tolerance = 1e-12 if dtype == np.float64 else 5e-6
    np.testing.assert_allclose(np.cos(wrapped), np.cos(phi), atol=tolerance)
    np.testing.assert_allclose(np.sin(wrapped), np.sin(phi), atol=tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_angles_in_range_are_not_changed_and_the_border_belongs_to_pi(dtype):
    inside = np.array([0, 1e-30, -3.14159, 3.14159, -1.5], dtype)
    assert (wrap_phi(inside) == inside).all()
    for border in (-math.pi, math.pi, -3 * math.pi):
        wrapped = float(wrap_phi(np.array([border], dtype))[0])
        assert wrapped == pytest.approx(math.pi, abs=1e-5) and wrapped <= math.pi


def test_objects_are_ordered_by_kind_then_by_falling_pt():
    objects = objects_of([(2, 30), (0, 0), (7, 50), (1, 20), (2, 90), (1, 21)])
    ordered = sort_objects(objects)
    assert ordered["kind"][0, :6].tolist() == [1, 1, 2, 2, 7, 0]
    assert ordered["pt"][0, :5].tolist() == [21, 20, 90, 30, 50]
    assert not ordered["valid"][0, 5:].any()


def test_leading_objects_among_kinds():
    objects = objects_of([(2, 30), (2, 90), (1, 99)], [(2, 10)], [])
    for codes in ((2,), (1, 2)):
        for rank in range(3):
            np.testing.assert_array_equal(hardest(objects, codes, 3)[:, rank], leading(objects, codes, rank))
    assert hardest(objects, (2,), 2)["pt"].tolist() == [[90, 30], [10, 0], [0, 0]]
    assert leading(objects, (2,), 0)["pt"].tolist() == [90, 10, 0]
    assert leading(objects, (2,), 1)["valid"].tolist() == [True, False, False]
    assert leading(objects, (1, 2), 0)["kind"].tolist() == [1, 2, 0]


def test_counts_follow_the_order_of_kinds():
    counts = counts_per_kind(objects_of([(1, 20), (2, 30), (2, 40), (7, 50)], []))
    assert counts.tolist() == [[1, 2, 0, 0, 0, 0, 1], [0] * 7]


def test_events_know_their_number_and_can_be_taken_and_joined():
    events = empty_events(5)
    events.events["event_id"] = np.arange(5)
    joined = concatenate([events.take(slice(3, 5)), events.take(np.array([True, False, False, False, False]))])
    assert isinstance(joined, Events) and len(joined) == 3
    assert joined.events["event_id"].tolist() == [3, 4, 0]
