"""Shell completion for `kubectl kfaccess` and for the executable by itself."""
