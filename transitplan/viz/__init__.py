"""Pictures of frames: maps that need no connection and charts that print; no model is known here."""
