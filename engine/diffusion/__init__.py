"""The method's arithmetic: schedules, samplers, error contraction, inpainting."""
