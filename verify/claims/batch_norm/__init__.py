"""Claims on batch norm: its statistics, its penalty, and networks with it (Luo et al. 2018)."""

from verify.claims.batch_norm import linear, losses, statistics, trends

CLAIMS = (*statistics.CLAIMS, *linear.CLAIMS, *losses.CLAIMS, *trends.CLAIMS)
