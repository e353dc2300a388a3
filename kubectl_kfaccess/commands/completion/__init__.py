"""`completion`: what TAB needs in bash, zsh and fish."""
