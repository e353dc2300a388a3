"""Shell completion: what is offered where, and that it is quick, silent and safe."""
