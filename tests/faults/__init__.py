"""The real executable against servers, networks, credentials and files that fail."""
