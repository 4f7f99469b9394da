"""Let hypothesis judge by what is true, not by how busy the machine is."""

from hypothesis import settings

settings.register_profile("wanvas", deadline=None)  # two shared cores stall for longer than its 200 ms
settings.load_profile("wanvas")
