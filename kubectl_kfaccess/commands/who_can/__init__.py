"""`who-can`: who can do something, where, and through what."""
