"""The live cluster: its lists, its access reviews, what it serves."""
