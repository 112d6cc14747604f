"""Claims on the Fisher information of random residual networks (Furusho 2020, section 4)."""

from verify.claims.fisher import (
    batch_norm,
    evaluation,
    relations,
    resnet,
    stochastic_depth,
    top_eigenvalue,
)

CLAIMS = (
    *resnet.CLAIMS,
    *batch_norm.CLAIMS,
    *stochastic_depth.CLAIMS,
    *evaluation.CLAIMS,
    *top_eigenvalue.CLAIMS,
    *relations.CLAIMS,
)
