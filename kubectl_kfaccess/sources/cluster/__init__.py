"""The live cluster: its lists, its access reviews and its discovery."""
