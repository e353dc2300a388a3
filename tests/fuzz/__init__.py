"""Random command lines, objects, kubeconfigs, reviews and error texts, each repeatable by seed and number."""
