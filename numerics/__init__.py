"""Neural networks as they are: simulated ensembles and what is measured on them."""
