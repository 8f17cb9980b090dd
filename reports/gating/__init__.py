"""The gate: what a policy demands, what an evaluation proves, and what follows."""
