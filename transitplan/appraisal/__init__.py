"""What an option is worth: user benefits, money over the years, and how sure the ranking is."""
