"""The local Discord. REST, gateway and CDN show one world, so that they cannot disagree."""
