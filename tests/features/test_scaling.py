"""Standardisation against scikit-learn's, and its inverse."""

import json
import warnings

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler as MinMaxSklearn
from sklearn.preprocessing import StandardScaler

from deepcollider.features.scaling import MinMaxScaler, Standardiser
from deepcollider.store.part_files import RunningMoments


def features(n=5000):
    rng = np.random.default_rng(4)
    return rng.normal([2.3, -40.0, 0.0, 1e4], [0.3, 12.0, 1.7, 1e-2], (n, 4)).astype(np.float32)


def fitted(values):
    """A standardiser fitted as the part files do it, in float64."""
    values = values.astype(np.float64)
    return Standardiser.from_moments(values.mean(axis=0), values.std(axis=0))


def test_as_scikit_learn():
    values = features()
    ours, theirs = fitted(values), StandardScaler().fit(values.astype(np.float64))
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12)
    np.testing.assert_allclose(ours.std, theirs.scale_, rtol=1e-9)
    scaled = ours.transform(values)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, theirs.transform(values.astype(np.float64)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(scaled.mean(axis=0, dtype=np.float64), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(axis=0, dtype=np.float64), 1, atol=1e-6)


def test_inverse_loses_no_more_than_float32_does():
    values = features()
    scaler = fitted(values)
    scaled = scaler.transform(values)
    back = scaler.inverse(scaled)
    assert back.dtype == np.float64
    rounding = 2.0**-24 * np.abs(scaled) * scaler.std  # half a unit in the last place
    assert (np.abs(back - values) <= rounding * 1.001 + 1e-12 * np.abs(values)).all()


def test_values_apart_from_the_fitted_ones():
    scaler = Standardiser(mean=(1.0, -2.0), std=(0.5, 4.0))
    assert scaler.transform(np.array([[2.0, 2.0]])).tolist() == [[2.0, 1.0]]
    assert scaler.inverse(np.array([[-2.0, 0.25]], np.float32)).tolist() == [[0.0, -1.0]]


def test_constant_column_is_only_shifted():
    values = features()
    values[:, 2] = 3.25
    scaler = fitted(values)
    assert scaler.std[2] == StandardScaler().fit(values).scale_[2] == 1
    assert (scaler.transform(values)[:, 2] == 0).all()
    assert (scaler.inverse(scaler.transform(values))[:, 2] == 3.25).all()


@pytest.mark.parametrize("how", ["numpy", "running"])
def test_empty_columns_are_left_alone(how):
    empty, moments = np.zeros((0, 4)), RunningMoments(4)
    if how == "numpy":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            scaler = Standardiser.from_moments(empty.mean(axis=0), empty.std(axis=0))
    else:
        scaler = Standardiser.from_moments(moments.mean, moments.std)
    assert scaler == Standardiser((0.0,) * 4, (1.0,) * 4)
    assert scaler.transform(empty).shape == (0, 4)
    values = features(3)
    assert (scaler.transform(values) == values).all()


def test_round_trip_of_the_config():
    scaler = fitted(features())
    assert Standardiser.from_config(json.loads(json.dumps(scaler.to_config()))) == scaler


def test_min_max_as_scikit_learn():
    values = features()
    low, high = values.min(axis=0), values.max(axis=0)
    ours = MinMaxScaler(tuple(low.astype(float)), tuple(high.astype(float)))
    theirs = MinMaxSklearn(feature_range=(-1, 1)).fit(values.astype(np.float64))
    scaled = ours.transform(values)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, theirs.transform(values.astype(np.float64)), atol=1e-6)
    assert scaled.min(axis=0).tolist() == [-1] * 4 and scaled.max(axis=0).tolist() == [1] * 4
    np.testing.assert_allclose(ours.inverse(scaled), values, rtol=1e-6, atol=1e-6)
    assert MinMaxScaler.from_config(json.loads(json.dumps(ours.to_config()))) == ours


def test_min_max_of_a_constant_column():
    scaler = MinMaxScaler((5.0,), (5.0,))
    assert scaler.transform(np.array([[5.0]])) == 0 and scaler.inverse(np.array([[0.0]])) == 5


def test_limits_of_part_files_leave_out_what_is_not_there():
    moments = RunningMoments(3)
    for batch in ([[1.0, np.nan, np.nan], [-2.0, 7.0, np.nan]], [[0.5, 9.0, np.nan]], np.zeros((0, 3))):
        moments.add(np.array(batch))
    assert moments.minimum.tolist() == [-2, 7, 0] and moments.maximum.tolist() == [1, 9, 0]
