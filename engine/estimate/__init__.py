"""Calling the estimator f(y) and measuring what it says about the damage."""
