"""What the user's words mean: subjects, resources, namespaces, pasted errors."""
