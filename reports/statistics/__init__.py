"""Statistics of evaluations and gates: arrays in, arrays out; nothing here reads, writes or draws."""
