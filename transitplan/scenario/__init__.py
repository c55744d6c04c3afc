"""Cases: a base network, its demand by year, the options, and the runs that compare them."""
