"""The real executable and input that is wrong, hostile, or far too big."""
