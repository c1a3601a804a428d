"""`albumen evaluate restoration`: what a restoration is worth, as one table per set of faces.

Clean faces are damaged as CelebA-Test does at each scale (`cases`), every row of the table makes its version of them
(`rows`, `baselines`, `versions`), each is measured against the clean face (`scoring`) and kept (`store`); `run` puts
this together, `report`, `tables`, `plots` and `sheets` tell the result.
"""
