"""Shell completion: which candidates are offered where, and that it is fast, silent and safe."""
