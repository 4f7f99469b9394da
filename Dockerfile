# Two stages: what builds wheels does not run, and what runs has no compiler and is not root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt requirements-postgres.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements-postgres.txt

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 wanvas && mkdir /home/wanvas/data && chown wanvas /home/wanvas/data
COPY --from=build /venv /venv
WORKDIR /home/wanvas
COPY bot.py .
COPY imagegen imagegen
COPY cogs cogs
COPY hosting hosting
COPY locales locales
# Compiled once: each image is decoded in a new process, which the user below could compile for itself alone.
RUN /venv/bin/python -m compileall -q imagegen cogs
# By number: a cluster that demands a non-root user cannot check a name.
USER 10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Jobs, allowances and pictures in waiting live here: without a volume they end with the container.
VOLUME /home/wanvas/data
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "bot.py", "health"]
# The bot stops itself on SIGTERM; an exec form makes it the process that gets the signal.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
