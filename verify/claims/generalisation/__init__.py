"""Claims on the generalisation of linear students (Luo et al. 2018, section 4)."""

from verify.claims.generalisation import batch_norm, regression

CLAIMS = (*regression.CLAIMS, *batch_norm.CLAIMS)
