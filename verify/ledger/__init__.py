"""The ledger: every point, seed, block of evidence, verdict, version and machine in one file."""
