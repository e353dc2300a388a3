"""Files that are written from the program: documentation, schemas, and the words that completion offers."""
