"""Claims on batch norm's statistics and penalty (Luo et al. 2018, sections 2 and 3, Appendix 1)."""

from verify.claims.batch_norm import linear, losses
from verify.claims.batch_norm.statistics import batch_moments, inverse_moments, weight_norm

CLAIMS = (batch_moments, inverse_moments, *linear.CLAIMS, *losses.CLAIMS, weight_norm)
