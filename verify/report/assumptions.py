"""What the forms assume, and how the simulations meet it; every text a form may use is here."""

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
    "loss quadratic around the minimum": (
        "a quadratic loss, or a real network so near an interpolating minimum that it is one"
    ),
    "squared loss": "the empirical risk with random targets",
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
    "hidden values of a batch independent, with one law": (
        "drawn so, from the law that the point names"
    ),
    "Gaussian hidden values": (
        "drawn so, or batch mean and variance drawn from their exact laws, normal and chi-square"
    ),
    "batch drawn independently of the sample": "drawn so",
    "batch contains the sample": "the loss is averaged over members of the batch itself",
    "student equal to the teacher": "both are z before the batch normalises the student",
    "batch mean not subtracted": "the student is z/t: the batch divides it and does not centre it",
    "labels calibrated: E[y | x] = A'(hbar)": (
        "imposed where the point says calibrated; the other points show what it is worth"
    ),
    "rectifier smoothed: A' is softplus": "the loss is built from softplus as its A'",
    "linear student of the teacher's direction, no noise": (
        "student and teacher are multiples of one hidden value"
    ),
    "inputs of covariance a times the identity": (
        "mean and covariance of the inputs enter as they are; no further law is assumed"
    ),
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
