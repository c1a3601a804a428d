"""The degradation model y = JPEG((x * k) down + n) up, for demo, training and evaluation."""
