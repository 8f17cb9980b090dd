"""The rules: one file a family, one documented function a rule."""
