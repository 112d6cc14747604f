"""What the forms of the subject assume, and how the simulations meet it."""

ASSUMPTIONS_MET = {
    "inputs x ~ N(0, I/N)": "drawn so",
    "linear teacher of |w*|^2 = N with independent noise": (
        "a uniformly random teacher of that length and Gaussian noise, drawn anew for each data "
        "set, or averaged over exactly"
    ),
    "trained to convergence, the learning rate annealed to zero": (
        "not quite: what training lacks after so many epochs was measured, and is in the remainder"
    ),
    "start in the span of the inputs": (
        "students start in the direction of the covariance of inputs and targets; for alpha < 1 "
        "any part of the start outside the span would stay"
    ),
    "predictions divided by the root of the unbiased variance": (
        "that over the training set, to which running averages of the unbiased variance of "
        "batches tend"
    ),
}
