"""`review`: what the API server would answer to SubjectAccessReviews."""
