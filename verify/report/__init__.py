"""The report: what was found, in words, formulas and figures, as one HTML file and as JSON."""
