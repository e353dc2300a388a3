"""Objects and reviews in files: YAML and JSON, read as the API server would."""
