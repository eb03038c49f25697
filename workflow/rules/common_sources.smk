"""Where events come from: Monte Carlo by chunks, published files, CSV files, ROOT n-tuples."""

SIMULATED = {"processes": "results/simulated", "ntuples": "results/ntuples"}
"""Section of the configuration -> folder of what is simulated of it."""


def chunks_of(section, sample):
    """Events of each chunk of a simulated sample of ``processes`` or ``ntuples``."""
    n_events = scaled_events(config[section][sample]["events"], config)
    return chunk_sizes(n_events, config["simulate"]["chunk_events"])


def chunk_files(section, suffix):
    """A function of the one wildcard, the sample: the files of its chunks."""

    def files(wildcards):
        (sample,) = wildcards
        n_chunks = len(chunks_of(section, sample))
        return [f"{SIMULATED[section]}/{sample}/chunk-{k:05d}.{suffix}" for k in range(n_chunks)]

    return files


FORMAT_OF = {"trileptons": "nanoaod", "dileptons": "dilepton"}
"""Family of samples -> their format in ntuples.tsv."""


def ntuples_of(format, group=None):
    """The configured samples of a format; with a ``group``, only its signals or backgrounds."""
    chosen = [ntuple for ntuple in NTUPLES if NTUPLE_TABLE[ntuple].format == format]
    return [ntuple for ntuple in chosen if group in (None, NTUPLE_TABLE[ntuple].group)]


def ntuple_files(wildcards):
    """The ROOT files of a sample that lie on this machine, simulated or given: inputs of the job that reads them."""
    if config["ntuples"][wildcards.ntuple]["source"] == "pythia":
        return chunk_files("ntuples", "root")([wildcards.ntuple])
    paths = expand_paths(config["ntuples"][wildcards.ntuple]["paths"])
    return [without_braces(path) for path in paths if not is_remote(path)]


def ntuple_sources(wildcards):
    """All that a sample is read from: files and addresses, what is given twice as often, for its reader to tell."""
    entry = config["ntuples"][wildcards.ntuple]
    return ntuple_files(wildcards) if entry["source"] == "pythia" else expand_each(entry["paths"])


def pythia_settings(wildcards):
    """Settings of a process, with the path of its SLHA file as seen from the working directory."""
    process = PROCESS_TABLE[wildcards.process]
    if not process.slha:
        return list(process.settings)
    return [setting.replace(process.slha, in_root(process.slha)) for setting in process.settings]


def slha_file(wildcards):
    process = PROCESS_TABLE[wildcards.process]
    return [in_root(process.slha)] if process.slha else []


def record_of(wildcards):
    """Number of the Zenodo record that has the process."""
    return config["processes"][wildcards.process].get("record", config["zenodo"]["record"])


def csv_of(wildcards):
    """The CSV of a process; for one that is acquired, the receipt that says where it lies."""
    process = wildcards.process
    if process in OWN_CSV:
        return OWN_CSV[process]
    if config["processes"][process]["source"] == "zenodo":
        return f"results/acquired/{process}.json"
    return f"results/simulated/{process}.csv"


def prepared_trileptons():
    """All that is made of NanoAOD; nothing, if none is configured."""
    names = ["mixed.root", *(f"{split}.h5" for split in TRILEPTON_SPLITS)]
    return [f"results/trileptons/{name}" for name in names] if ntuples_of("nanoaod") else []


def prepared_dileptons():
    """All that is made of dilepton n-tuples; nothing, if none are configured."""
    images = [f"results/dileptons/images/{ntuple}.h5" for ntuple in ntuples_of("dilepton")]
    return [*images, "results/dileptons/train.h5", "results/dileptons/test.h5"] if images else []
