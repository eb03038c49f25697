"""Which masses are generated that no training has seen."""


def mass_points():
    """Every process that a network of masses generates without having learnt it, and the files that it is judged by."""
    points = []
    for e in JOINT.values():
        learnt = e.joint["processes"]
        for process in [name for name in e.processes if e.joint["condition"] == "masses" and name not in learnt]:
            masses = {name: list(PROCESS_TABLE[name].masses.values()) for name in [process, *learnt]}
            points.append(
                {
                    "experiment": e.name,
                    "process": process,
                    "generated": f"results/generated/{e.name}/{next(iter(e.settings))}/{process}.h5",
                    "truth": sample_file(e, process, "test"),
                    "floor": sample_file(e, process, "floor"),
                    "trained": {name: sample_file(e, name, "test") for name in learnt},
                    "masses": masses | {"generated": masses[process], "floor": masses[process]},
                }
            )
    return points


def mass_tables():
    return ["results/tables/masses.csv"] if mass_points() else []
