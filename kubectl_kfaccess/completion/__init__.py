"""Shell completion behind `kubectl kfaccess`."""
