"""Numbers as text: two digits of the error, as the Particle Data Group rounds, and three digits without one."""

import pytest

from deepcollider.reports.rounding import Number, number_of, plain, rounded, span, whole

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.0123456, 0.00041, "0.01235 ± 0.00041"),
        (0.827, 0.119, "0.83 ± 0.12"),
        (12.34, 1.04, "12.3 ± 1.0"),
        (1234.4, 12.0, "1234 ± 12"),
        (1234.4, 120.0, "1234 ± 120"),
        (-0.00002, 0.00003, "-0.000020 ± 0.000030"),
        (0.5, NAN, "0.500"),
        (0.5, 0.0, "0.500"),
        (NAN, 0.1, "–"),
        (float("inf"), 0.1, "–"),
    ],
)
def test_rounded_to_the_error(value, error, text):
    assert rounded(value, error) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (1.0, "1.00"),
        (99.94, "99.9"),
        (1234.5, "1234"),
        (1.5e7, "1.50e+07"),
        (-2e-6, "-2.00e-06"),
        (NAN, "–"),
    ],
)
def test_three_digits(value, text):
    assert plain(value) == text


def test_span_of_floors():
    assert span([0.5, 0.5001, NAN]) == "0.500"
    assert span([0.52, 0.5]) == "0.500 to 0.520"
    assert span([NAN]) == "–"


def test_thousands():
    assert whole(1234567.0) == "1 234 567"
    assert whole(NAN) == "–"


def test_number_knows_its_ratio_and_significance():
    number = Number(0.03, 0.005, 0.01)
    assert number and number.ratio == pytest.approx(3) and number.significance == pytest.approx(4)
    assert str(number) == "0.0300 ± 0.0050"
    assert not Number(NAN, 0.1, 0.1)
    for floor in (0.0, -1e-6, NAN):
        assert Number(1.0, 0.1, floor).ratio != Number(1.0, 0.1, floor).ratio  # NaN


def test_number_of_whole_events_is_not_that_of_a_feature(metrics):
    assert number_of(metrics, "beta-0.5", "wd") == Number(0.02, 0.001, 0.01)
    assert number_of(metrics, "beta-0.5", "wd", "jet1_pt") == Number(0.7, 0.07, 0.1)
    assert not number_of(metrics, "beta-0.5", "no_such_metric")
    assert not number_of(metrics, "no-such-setting", "wd")
