"""An assistant for a task list that understands plain English by rules, as a model of the agents SDK."""
