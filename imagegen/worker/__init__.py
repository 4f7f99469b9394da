"""The loops that carry a job from accepted to ended, and what they need beside them."""
