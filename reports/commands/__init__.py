"""The commands: what each takes and which function does it; light, so that help is instant."""
