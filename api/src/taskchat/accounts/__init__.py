"""The data that this service stores about each user: the owner row and the limits."""
