"""Objects and reviews in YAML and JSON files, read as the API server would read them."""
