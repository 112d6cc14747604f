"""Claims on what the runs of section 4 have of what the theorems ask for (Susanna 2024)."""

from __future__ import annotations

from dataclasses import replace

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import measured
from verify.model import Claim, Experiment
from verify.relations import AlwaysAtLeast, AlwaysAtMost

of_text = Experiment(
    "the start of (4.2)",
    measured("start_sizes"),
    over={"depth": Integers(64, 512), "alpha": Reals(0.5, 1), "dim": Integers(1, 4)},
    setting={"gamma": 1.0, "start": "printed"},
)
of_tables = Experiment(
    "the start of the tables",
    measured("start_sizes"),
    over={"depth": Integers(64, 512), "alpha": Reals(0.5, 1), "dim": Integers(1, 15)},
    setting={"gamma": 1.0, "start": "tables"},
)

start_assumption = Claim(
    "susanna2024/start-assumption",
    "Assumption 3.1.1 (iii) has increments of L^(-1/γ - β)/(2e) at the start. The truncated start "
    "of (4.2) has them from d = 11 on, that of the tables at no d; the norms of its weights meet "
    "the assumption.",
    says=(
        *AlwaysAtMost.each(
            "increment",
            forms.start_increment_printed,
            forms.start_increment,
            by=(of_text,),
            remainder=rounding,
        ),
        *AlwaysAtMost.each(
            "increment",
            forms.start_increment_of_tables_printed,
            forms.start_increment_of_tables,
            by=(of_tables,),
            remainder=rounding,
        ),
        AlwaysAtMost("weight", 0.5, remainder=rounding),
    ),
    where="Assumption 3.1.1 (iii), (4.2)",
    by=(of_text, of_tables),
    axis="dim",
    notes=(
        "Weights are in units of L^-β, increments of L^(-1/γ - β), the greatest of all layers.",
        "At d = 15 increments of the tables' start are about 5.7, 31 times what is asked for.",
        "The constant start of the tables has increments of 0, and meets the assumption from L = d "
        "on at γ = 1.",
        "At d = 5 the truncated start of (4.2) leaves the bound at each depth, at d = 6 in 0.3 % "
        "of networks of 64 layers and 6 % of 512, from d = 7 to 10 hardly ever.",
    ),
)


of_b33 = Experiment(
    "runs of C10k-B33",
    measured("training_sizes"),
    over={"depth": OneOf(64, 128)},
    setting={"model": "C10k-B33t", "nodes": 8},
    meets={"inputs symmetric about 0": "9000 of them, uniform in [-1, 1]"},
)
of_b11 = replace(of_b33, label="runs of C10k-B11", setting={"model": "C10k-B11t", "nodes": 8})

assumptions_on_runs = Claim(
    "susanna2024/assumptions-on-runs",
    "Runs of the letter B are to meet what Theorem 3.3.3 or 3.5.2 asks for. Of B33 the sum of "
    "(3.34) is 60 times too large and more, and no training could make it small enough. B11 keeps "
    "the bounds of Theorem 3.3.3, though not its assumptions.",
    says=(
        AlwaysAtMost("rate sum", forms.rate_sum_printed, by=(of_b33,), remainder=rounding),
        AlwaysAtLeast("rate sum", forms.rate_sum, by=(of_b33,), remainder=rounding),
        AlwaysAtMost("weight", 1, by=(of_b11,), remainder=rounding),
        AlwaysAtMost("increment", 1, by=(of_b11,), remainder=rounding),
    ),
    where="Section 4, (3.18), (3.25), (3.34)",
    by=(of_b33, of_b11),
    axis="depth",
    notes=(
        "Weights are in units of L^-β, increments of L^(-1/γ - β), sums of 1/(10 d). Runs are as "
        "in the tables.",
        "Of all classes B with α > 1/2 none has rates of at most 1, which Theorem 3.3.3 asks for: "
        "L^β, 100 L^β, L^(α - β) and 20 L^β are above. By Remark 3.3.5, at γ = 1, B11, B12, B21 "
        "and B22 have such as it allows, and B13 and B23 not.",
        "(3.25) holds for B11 from 58,056 layers on, at rates of 1; no run is as deep.",
        "At α = 1/2 sums (3.34) are too large 72 times at L = 128 and 88 times at 1024 of B33, 243 "
        "and 544 times of B31, 17 and 45 times of B32.",
        "Weights leave L^-β: of B13, B22, B23 and B33 1.5 to 2.6 times, of B31 like sqrt(L), as "
        "they grow to about 0.37 at any depth. Increments hardly move from those of the start, at "
        "most 1 and not 1/(2 e).",
    ),
)

trained = Experiment(
    "trained networks of two units",
    measured("trained_layers"),
    over={"depth": Integers(64, 96), "alpha": Reals(0.95, 1), "gamma": Reals(0.95, 1)},
    setting={"epochs": 5.0},
    meets={"L great enough": "64 layers and more, as is judged; the proof asks for far more"},
)

trained_layers = Claim(
    "susanna2024/trained-layers",
    "Theorem 3.3.3: through Q log L steps of rates of at most 1 weights stay within L^-β and "
    "increments within L^(-1/γ - β). At Q = 5 and α near 1 they do from 64 layers on, far fewer "
    "than its proof asks for.",
    says=(
        AlwaysAtMost("weight", forms.trained_weight_bound, remainder=rounding),
        AlwaysAtMost("increment", forms.trained_increment_bound, remainder=rounding),
    ),
    where="Theorem 3.3.3",
    by=trained,
    axis="depth",
    notes=(
        "Starts are as large as Assumption 3.1.1 (iii) allows with ν = 1, and inputs and labels "
        "have the norm 1; of d = 2 and C_l = (1 + e)² the proof asks for 251,346 layers at α = γ "
        "= 1.",
        "At α = 0.75 such networks leave both bounds at L = 256, by 1.6 and 1.8 times: how deep is "
        "deep enough grows fast as α falls to 1/2.",
    ),
)

CLAIMS = (start_assumption, assumptions_on_runs, trained_layers)
