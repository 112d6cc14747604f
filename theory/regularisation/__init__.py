"""Norms of weights as regularisers, what they bound, and spectra of networks (Furusho 2020)."""

from theory.regularisation.complexity import (
    complexity_bound,
    complexity_bound_of_spectral_norms,
    complexity_bound_of_spectral_norms_printed,
    complexity_bound_printed,
    deviation_bound,
    deviation_bound_printed,
)
from theory.regularisation.fourier import (
    inversion_constant,
    inversion_constant_printed,
    path_norm_kinks_bound,
    path_norm_slopes_bound,
    path_norm_spectrum_bound,
    power_exponent,
    spectrum_bound,
    spectrum_bound_printed,
    windowed_power_exponent,
    windowed_power_exponent_printed,
    windowed_spectrum_bound,
    windowed_spectrum_bound_printed,
)
from theory.regularisation.fourier_plane import (
    across_power_exponent,
    doubled_support,
    doubled_support_printed,
    generic_power_exponent,
)
from theory.regularisation.lipschitz import (
    frobenius_bound_of_entrywise_norms,
    lipschitz_bound_of_frobenius_norms,
    lipschitz_bound_of_induced_norms,
    lipschitz_bound_of_induced_norms_printed,
    lipschitz_bound_of_spectral_norms,
    path_norm_bound_of_entrywise_norms,
    path_norm_bound_of_entrywise_norms_printed,
    path_norm_bound_of_induced_norms,
    path_norm_bound_of_induced_norms_printed,
    spectral_bound_of_entrywise_norms,
    spectral_bound_of_induced_norms,
    spectral_bound_of_induced_norms_printed,
    worst_gradient,
    worst_gradient_printed,
)
from theory.regularisation.norms import (
    mean_entrywise_product,
    mean_frobenius_product,
    mean_lipschitz_constant,
    mean_path_norm,
    mean_spectral_product_bound,
    mean_square_gradient,
    mean_square_path_norm,
    mean_square_path_norm_of_widths,
)
from theory.regularisation.proof_steps import (
    gate_shift,
    gate_shift_printed,
    mean_value_sign,
    mean_value_sign_printed,
    steepest_share,
)
from theory.regularisation.regions import (
    folded_regions,
    regions_at_start,
    regions_at_start_printed,
    regions_without_biases,
)
