"""The Fisher information of random residual networks: its spectra and the moments that make it.

For a scalar output f with unit Gaussian noise the Fisher information matrix (Furusho 2020,
eq 19) over N samples is F = (1/N) sum_n grad f(x_n) grad f(x_n)^T, P x P with P = (L + 1) D^2.
Its nonzero eigenvalues are those of K / N with

    K_nm = sum_{l=0..L} (u^l_n . u^l_m) (delta^l_n . delta^l_m).
"""

from numerics.fisher.dropping import (
    DroppedMoments,
    averaged_over_survivors,
    measure_dropped_moments,
    measure_share_by_survival,
)
from numerics.fisher.evaluation import (
    measure_evaluated,
    measure_evaluated_and_averaged,
    measure_signal_gradient,
)
from numerics.fisher.expected import ExpectedSpectrum, measure_expected_spectrum
from numerics.fisher.few_inputs import FewInputs, measure_few_inputs
from numerics.fisher.hessian import measure_hessian_gap
from numerics.fisher.mean_output import measure_mean_output_gradient
from numerics.fisher.moments import Moments, measure_moments
from numerics.fisher.networks import Ensemble
from numerics.fisher.search import ExtremeEigenvalues, measure_extreme_eigenvalues
from numerics.fisher.single_input import (
    SingleInput,
    SingleMoments,
    measure_projection_by_width,
    measure_single_input,
    measure_single_moments,
    measure_single_projection,
)
from numerics.fisher.spectrum import (
    Coupling,
    Spectrum,
    measure_coupling,
    measure_mean_eigenvalue,
    measure_mean_eigenvalue_by_kind,
    measure_spectrum,
)

__all__ = [
    "Coupling",
    "DroppedMoments",
    "Ensemble",
    "ExpectedSpectrum",
    "ExtremeEigenvalues",
    "FewInputs",
    "Moments",
    "SingleInput",
    "SingleMoments",
    "Spectrum",
    "averaged_over_survivors",
    "measure_coupling",
    "measure_dropped_moments",
    "measure_evaluated",
    "measure_evaluated_and_averaged",
    "measure_expected_spectrum",
    "measure_extreme_eigenvalues",
    "measure_few_inputs",
    "measure_hessian_gap",
    "measure_mean_eigenvalue",
    "measure_mean_eigenvalue_by_kind",
    "measure_mean_output_gradient",
    "measure_moments",
    "measure_projection_by_width",
    "measure_share_by_survival",
    "measure_signal_gradient",
    "measure_single_input",
    "measure_single_moments",
    "measure_single_projection",
    "measure_spectrum",
]
