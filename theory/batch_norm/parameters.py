"""Parameters and assumptions of batch normalisation as a regulariser (Luo et al. 2018)."""

from __future__ import annotations

from dataclasses import replace

from theory.domains import Integers
from theory.parameters import BATCH_SIZE

BATCH_OF_3 = replace(BATCH_SIZE, domain=Integers(3))
BATCH_OF_4 = replace(BATCH_SIZE, domain=Integers(4))
# Where the paper uses its expansions in 1/M: "M > 30" of eq 2, "M > 32" of zeta.
ABOVE_30 = replace(BATCH_SIZE, domain=Integers(31), typical=(32, 512))
ABOVE_32 = replace(BATCH_SIZE, domain=Integers(33), typical=(64, 512))
DRAWN = "hidden values of a batch independent, with one law"
GAUSSIAN = (DRAWN, "Gaussian hidden values")
INDEPENDENT = "batch drawn independently of the sample"
IN_BATCH = "batch contains the sample"
