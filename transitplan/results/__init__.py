"""What a change of the network does: results of two versions side by side, and which card did it.

A *state* is a network at the equilibrium of a demand; two of them are compared, or as many as it
takes to tell the part of each card in a change.
"""
