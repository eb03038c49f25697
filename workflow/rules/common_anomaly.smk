"""Which model scores which events when anomalies are looked for."""


def anomaly_experiment():
    """The experiment whose likelihood is the score, if it is run and there is a signal to look for."""
    entry = config.get("anomaly") or {}
    return EXPERIMENTS.get(entry.get("likelihood")) if anomaly_signals() else None


def anomaly_signals():
    """The signals that are among the samples."""
    return [name for name in (config.get("anomaly") or {}).get("signals", []) if name in PROCESSES]


def anomaly_samples():
    """Events that are scored, by name: three splits of the background, and every signal as a whole."""
    background = anomaly_experiment().processes[0]
    splits = {split: f"results/splits/{background}/{split}.h5" for split in ("validation", "test", "floor")}
    return splits | {signal: f"results/events/{signal}.h5" for signal in anomaly_signals()}


def anomaly_tables():
    return ["results/tables/anomaly.csv"] if anomaly_experiment() else []


def anomaly_figures():
    return ["results/figures/anomaly/roc.png"] if anomaly_experiment() else []
