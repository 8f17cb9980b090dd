"""``assay run``: the whole way from files to a verdict, each step kept until its inputs change."""
