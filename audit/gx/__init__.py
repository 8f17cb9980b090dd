"""Great Expectations: suites of the user's run as a rule, and what our own expectations share."""
