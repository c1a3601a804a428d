"""The photo page: one photo, its faces, their versions, and how the chosen ones are laid in."""
