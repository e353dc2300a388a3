"""What crosses from one tenant into another, directly and by steps, without I/O."""
