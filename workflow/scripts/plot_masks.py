"""Proportions of frequent and of rare masks, truth against generated."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.figures.masks import draw_masks
from deepcollider.figures.style import save
from deepcollider.metrics.mask_test import mask_counts, mask_table
from deepcollider.store.event_files import read_events

truth, generated = (mask_counts(read_events(path)) for path in (snakemake.input.truth, snakemake.input.generated))
table = mask_table(generated, truth)
totals = sum(truth.values()), sum(generated.values())
title = snakemake.params.get("title", "")
for which, chosen in (("frequent", table[table["frequent"]]), ("rare", table[~table["frequent"]])):
    heading = f"{title}: {which} masks" if title else f"{which} masks"
    figure = draw_masks(chosen["label"], chosen["n_truth"], chosen["n_generated"], totals, heading)
    save(figure, snakemake.output[f"{which}_pdf"], snakemake.output[f"{which}_png"])
