"""All that is stored of a user, to take along."""
