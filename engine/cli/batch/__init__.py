"""Many photos: what is to be done (choices, plan), what was done (journal), doing it (photo, run), telling it."""
