"""The local Discord: REST, gateway and CDN are three projections of one world."""
