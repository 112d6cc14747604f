"""What the forms of the subject assume, and how the simulations meet it."""

ASSUMPTIONS_MET = {
    "inputs x ~ N(0, I/N), a fresh one at every step": (
        "drawn so, by the exact law of what they do to the order parameters; or one step averaged "
        "over many such inputs"
    ),
    "gamma and L held": (
        "held: by taking one step only, or because both rest where the student is its teacher "
        "(vanilla SGD has γ = L, which moves R to second order only)"
    ),
    "L held": "held in the vector field whose Jacobian is taken",
    "ReLU": "the activation of the students simulated, or of the vector field integrated",
    "small deviation from R = 1": (
        "1 - R = 5e-13 at the start, or a derivative at R = 1 from below"
    ),
    "terms in eta^2 dropped": (
        "not dropped: the student rests near Table 2's point, how near is stated in the remainder"
    ),
}
