"""Where claims about learning rates are judged."""

from verify.table.entry import Entry, rows

TABLE = {
    "furusho2020/divergence-learning-rate": tuple(
        Entry(f"depth {depth}", rows(["top_eigenvalue"], (4.0,))) for depth in (1, 2, 3)
    ),
    "furusho2020/fastest-learning-rate": (
        Entry(
            "a quadratic loss",
            rows(
                ["top_eigenvalue", "bottom_eigenvalue"],
                (1.0, 1.0), (1.0, 0.5), (1.0, 0.1), (4.0, 1.0),
            ),
        ),
    ),
}  # fmt: skip
