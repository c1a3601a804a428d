"""A photo's way through the engine: restore (faces to candidates) and compose (candidates to pixels)."""
