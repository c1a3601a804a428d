"""Help, and the few questions the window asks: about, shortcuts, first steps, crash, closing."""
