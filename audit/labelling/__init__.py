"""Wrong labels: out-of-sample class probabilities in closed form, and what they say of the labels given.

Everything here works on arrays and knows no data set. A *unit* is a text with its label: copies of a text under one
label are one unit, so that a wrong label never vouches for its own copies.
"""
