"""`whoami`: who the server says you are, and what this tool can read as you."""
