"""Photos in and out: decoding, colour, metadata, tone, grain; without torch."""
