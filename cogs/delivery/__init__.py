"""From a finished job to its message: results, stories, status cards."""
