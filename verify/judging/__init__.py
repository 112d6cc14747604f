"""From trials to verdicts: judge, counterexamples, mutants, pooled evidence."""
