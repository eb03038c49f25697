"""The points of the two toy Gaussians."""

from deepcollider.jobs import begin

begin(snakemake)

import numpy as np

from deepcollider.figures.scatter import MOST_POINTS, draw_classes
from deepcollider.figures.style import save
from deepcollider.store.rows import RowReader

with RowReader(snakemake.input.points) as reader:
    points = reader.read(0, 2 * MOST_POINTS)["points"]  # in random order, so that these show all
figure = draw_classes(
    {
        f"category {category + 1}": np.stack([chosen["x"], chosen["y"]], axis=1)
        for category in np.unique(points["category"])
        for chosen in [points[points["category"] == category]]
    }
)
save(figure, snakemake.output.pdf, snakemake.output.png)
