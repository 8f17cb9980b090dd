"""Writing data: rows of a source file into a new one of the same format, every byte that need not change kept."""
