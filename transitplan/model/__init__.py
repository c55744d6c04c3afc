"""What the planner means: immutable tables of nodes, links, zones and demand, with ids."""
