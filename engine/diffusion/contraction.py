"""How far diffusing the estimate brings it to where the clean picture would be (symbols: see `schedule`).

With the estimator's error e = x0 - f(y), sampling starts from p(x_N | y) = N(sqrt(abar_N) f(y), (1 - abar_N) I)
instead of q(x_N | x0) = N(sqrt(abar_N) x0, (1 - abar_N) I). Two Gaussians of the same variance whose means are
sqrt(abar_N) e apart have KL divergence kappa_N / 2 |e|^2: it falls as N grows.
"""

from __future__ import annotations

from engine.base.errors import UsageError
from engine.diffusion.schedule import T, abar_at_start


def kappa(abar: float) -> float:
    """kappa_N = abar_N / (1 - abar_N), the signal-to-noise ratio; infinite for abar = 1 (no noise)."""
    return abar / (1.0 - abar) if abar < 1.0 else float("inf")


def start_kl(abar: float, squared_error: float) -> float:
    """KL[p(x_N | y) || q(x_N | x0)] in nats for |e|^2 = `squared_error`, a sum over all pm1 values of a picture."""
    return kappa(abar) / 2.0 * squared_error if squared_error > 0.0 else 0.0


def expected_start_kl(abar: float, mse: float, dimension: int) -> float:
    """The expected KL in nats for an estimator whose mean squared error a pm1 value is `mse`.

    `dimension` is the number of values of a picture, 3 H W.
    """
    return start_kl(abar, mse * dimension)


def start_step_for(mse: float, dimension: int, max_kl: float) -> int:
    """The smallest start step N in 0 .. T - 1 at which the expected KL is at most `max_kl` nats.

    `mse` and `dimension` as in `expected_start_kl`. Raises UsageError where no start step brings it that low.
    """
    for start_step in range(T):
        if expected_start_kl(abar_at_start(start_step), mse, dimension) <= max_kl:
            return start_step
    raise UsageError(detail=f"No start step brings a mean squared error of {mse:g} under a divergence of {max_kl:g}.")
