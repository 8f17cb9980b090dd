"""What people see: renderers, the command line; later evaluation and the gate."""
