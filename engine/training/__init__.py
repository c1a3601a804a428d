"""Training the estimator and the prior."""
