"""Pictures of frames: maps that need no connection, charts that print; no model is known."""
