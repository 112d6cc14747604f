"""Claims on the Fisher information of random residual networks (Furusho 2020, section 4)."""

from verify.claims.fisher import batch_norm, relations, stochastic_depth, top_eigenvalue
from verify.claims.fisher.resnet import (
    half_active,
    hessian_decomposition,
    mean_eigenvalue_resnet,
    moment_independence,
    moments_resnet,
)

CLAIMS = (
    half_active,
    moment_independence,
    moments_resnet,
    mean_eigenvalue_resnet,
    *batch_norm.CLAIMS,
    *stochastic_depth.CLAIMS,
    *top_eigenvalue.CLAIMS,
    *relations.CLAIMS,
    hessian_decomposition,
)
