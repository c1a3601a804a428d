"""The queue: what is to be done, in its order, and how far it is."""
