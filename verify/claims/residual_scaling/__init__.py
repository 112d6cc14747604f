"""Claims on scaling the residual branch by tau (Zhang et al. 2022)."""
