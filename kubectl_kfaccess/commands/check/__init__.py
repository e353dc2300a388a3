"""`check`: whether the identity that runs pipelines has what they need."""
