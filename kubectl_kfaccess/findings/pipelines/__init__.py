"""What is wrong or dangerous about the identities that run pipelines."""
