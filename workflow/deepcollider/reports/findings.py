"""What the numbers of a sample say, in words: a sentence a question, none about what was not measured."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import hypot, isfinite

import pandas as pd

from deepcollider.metrics.classifiers import BY_METRIC, CLASSIFIERS
from deepcollider.metrics.leaderboard import CRITERION, LIKELIHOOD, overall_rows
from deepcollider.metrics.power import NEEDED, POWER
from deepcollider.metrics.two_sample import SIGNIFICANT
from deepcollider.reports.experiment_tables import BATCH, PEAKS, timed_batches
from deepcollider.reports.judges import classifier_finding
from deepcollider.reports.rounding import Number, number_of, plain

Get = Callable[[str], Number]


def _choice(metrics: pd.DataFrame, settings: Sequence[str], best: str) -> str:
    """How the best setting was chosen, and whether the choice means anything.

    The WD to validation events may come without an error; that to test events, which are more, stands in.
    """
    numbers = {setting: number_of(metrics, setting, CRITERION) for setting in settings}
    errors = {
        setting: number.error if isfinite(number.error) else number_of(metrics, setting, "wd").error
        for setting, number in numbers.items()
    }
    smallest = numbers[best]
    if not smallest:
        return ""
    if len(settings) == 1:
        return f"The only setting is `{best}`; its overall WD to the validation events is {smallest}."
    losses = {setting: number_of(metrics, setting, LIKELIHOOD) for setting in settings}
    least = min(number.value for setting, number in losses.items() if setting != best)
    if all(losses.values()) and losses[best].value < least:  # of the same networks WD chooses
        return (
            f"The best setting is `{best}`, by the likelihood of the validation events: their mean -log p is "
            f"{losses[best].value:.3f}, with the next one {least:.3f}; its overall WD to them is {smallest}."
        )
    text = f"The best setting is `{best}`, by the smallest overall WD to the validation events ({smallest})"
    away = {
        setting: (number.value - smallest.value) / hypot(errors[setting], errors[best])
        for setting, number in numbers.items()
        if setting != best and hypot(errors[setting], errors[best]) > 0
    }
    near = [f"`{setting}`" for setting, distance in away.items() if distance < SIGNIFICANT]
    if near:
        return f"{text}; {', '.join(near)} within {SIGNIFICANT:g} standard errors: the order may be chance."
    if all(isfinite(distance) for distance in away.values()) and len(away) == len(settings) - 1:
        return f"{text}; the others are more than {SIGNIFICANT:g} standard errors away."
    return f"{text}."


def distance_finding(get: Get) -> str:
    """How far the single histograms are off."""
    wd = get("wd")
    if not wd:
        return ""
    text = f"Against true events its overall WD is {wd}"
    if not wd.ratio > 0:
        return f"{text}."
    text += f", {wd.ratio:.1f} times the floor"
    if not isfinite(wd.significance):
        return f"{text}."
    if wd.significance >= SIGNIFICANT:
        return f"{text}: by this number further off than truth is."
    seen = plain(wd.floor + NEEDED * wd.error)
    return (
        f"{text}: single histograms show no difference beyond {SIGNIFICANT:g} standard errors; with {POWER:.0%} "
        f"probability they would, were it {seen} or more."
    )


def _correlations(get: Get) -> str:
    distance = get("correlation_distance")
    if not distance:
        return ""
    return f"Correlations are off by {distance} (root mean square over the pairs; floor {plain(distance.floor)})."


def _memory(get: Get) -> str:
    """Decided by the share: the probability is large for events that are merely more typical than truth, too."""
    share, auc = get("memorisation_nearer_train"), get("memorisation_auc")
    if not share:
        return ""
    text = (
        f"Of generated events, a share of {share} lies nearer to a training event than to one held out (0.5: nothing "
    )
    text += "memorised, 1: copies)"
    if auc:
        text += f"; it lies nearer to the training events than an event held out does with probability {auc}"
    if not isfinite(share.error):
        return f"{text}."
    if share.value - SIGNIFICANT * share.error > 0.5:
        return f"{text}: a sign of memorisation."
    if auc.value + SIGNIFICANT * auc.error < 0.5:
        return f"{text}: no sign of memorisation, but further from true events than those from each other."
    return f"{text}: no sign of memorisation."


def _peaks(metrics: pd.DataFrame, setting: str) -> str:
    """Whether the reconstructed peaks of truth are there."""
    texts = []
    for part, candidate in PEAKS.items():
        contrast = number_of(metrics, setting, "peak_contrast", part)
        if not contrast or not contrast.floor > 0:
            continue
        gone = contrast.value < SIGNIFICANT * contrast.error
        verdict = ", no significant peak" if gone else ""
        texts.append(f"{candidate} {contrast} (truth {plain(contrast.floor)}){verdict}")
    return f"Height of the reconstructed peaks over their background: {'; '.join(texts)}." if texts else ""


def _validity(get: Get, metrics: pd.DataFrame) -> str:
    ier = get("ier")
    if not ier:
        return ""
    text = f"{ier} % of generated events break a condition that true events keep"
    conditions = [name for name in metrics["metric"].unique() if name.startswith("ier_")]
    worst = max(conditions, key=lambda name: get(name).value, default=None)
    if worst is None or not get(worst).value > 0:
        return f"{text}."
    return f"{text}, most often: {worst.removeprefix('ier_').replace('_', ' ')} ({plain(get(worst).value)} %)."


def _cost(get: Get, metrics: pd.DataFrame) -> str:
    ratio, monte_carlo, seconds = get("mc_over_generation"), get("mc_ms_per_event"), get("training_seconds")
    sizes = timed_batches(metrics)
    if not ratio or not sizes:
        return ""
    time = get(f"{BATCH}{sizes[-1]}")
    text = (
        f"In batches of {sizes[-1]}, generation takes {time} ms an event, Monte Carlo {monte_carlo} ms of one core: "
        f"{plain(ratio.value)} times as long"
    )
    return f"{text}. Training took {plain(seconds.value / 60)} minutes." if seconds else f"{text}."


def events_a_side(metrics: pd.DataFrame, setting: str) -> float:
    """Events of each sample that the classifiers have seen; NaN where there was none."""
    rows = overall_rows(metrics)
    return float(rows.loc[(rows["setting"] == setting) & rows["metric"].isin(list(BY_METRIC)), "n_generated"].max())


def findings(
    metrics: pd.DataFrame, settings: Sequence[str], best: str, shifts: Mapping[str, float] | None = None
) -> list[str]:
    """Say what the numbers of a process's best setting show; ``shifts`` are those that its classifiers would find."""
    get = partial(number_of, metrics, best)
    judgements = [(each, get(each.metric)) for each in CLASSIFIERS]
    sentences = (
        _choice(metrics, settings, best),
        distance_finding(get),
        classifier_finding(judgements, get("wd"), events_a_side(metrics, best), shifts or {}),
        _correlations(get),
        _peaks(metrics, best),
        _memory(get),
        _validity(get, metrics),
        _cost(get, metrics),
    )
    return [sentence for sentence in sentences if sentence]
