"""Claims on batch norm's statistics and penalty (Luo et al. 2018, sections 2 and 3, Appendix 1)."""

from verify.claims.batch_norm import linear, losses, statistics

CLAIMS = (*statistics.CLAIMS, *linear.CLAIMS, *losses.CLAIMS)
