"""A run being trained: the supervisor, the worker it starts, and what the worker writes."""
