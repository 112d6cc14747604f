"""What the forms of the subject assume, and how the simulations meet it."""

ASSUMPTIONS_MET = {
    "Assumption 1: forward and backward signals are independent": (
        "not imposed: the product is measured as it is, and judged by itself under "
        "moment-independence"
    ),
    "Assumption 2: half of the units are active in every layer": (
        "not imposed: whatever units are active in the simulated networks; judged by itself under "
        "half-active"
    ),
    "weights of eq 26": "drawn from these laws",
    "whitened inputs": (
        "Gaussian inputs have zero mean and unit covariance in law; the digits are PCA-whitened, "
        "exactly so over the training set"
    ),
    "inputs orthogonal": (
        "Gaussian inputs are orthogonal up to cosines of order 1/sqrt(D), part of the remainder"
    ),
    "every block survives independently with probability p": "drawn so, anew for each network",
    "exactly K blocks survive": "a uniformly random set of exactly K blocks, for each network",
    "deep nets drop nearly (1 - p) L blocks": (
        "not imposed: blocks are dropped independently; exactly K survivors are judged under "
        "mean-eig-sd-fixed"
    ),
}
