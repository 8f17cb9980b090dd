"""Training: baselines, fine-tuning, run manifests (in a later version)."""
