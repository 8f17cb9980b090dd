"""The cheap models that a dearer one must beat, one file each: training rows in, predictions out."""
