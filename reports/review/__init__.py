"""The local review page: one finding at a time, each decision on disk before it is answered."""
