"""The product without Discord: jobs, allowances and the Wan endpoint."""
