"""What the forms of the subject assume, and how the simulations meet it."""

ASSUMPTIONS_MET = {
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
}
