"""Evidence: what draws say about a target, and how the error probability is shared out."""

from verify.evidence.evidence import Evidence, LogWealth, Verdict

__all__ = ["Evidence", "LogWealth", "Verdict"]
