"""`report`: everything that the other commands say of a cluster, on one page."""
