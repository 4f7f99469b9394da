# Two stages: the first builds wheels; the second runs the bot, without a compiler and without root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements-postgres.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-postgres.txt

FROM python:3.11-slim-bookworm
RUN useradd --create-home --uid 10001 wanvas && mkdir /home/wanvas/data && chown wanvas /home/wanvas/data
COPY --from=build /venv /venv
WORKDIR /home/wanvas
COPY bot.py .
COPY imagegen imagegen
COPY cogs cogs
COPY hosting hosting
COPY locales locales
# Compile the modules here: the user below cannot write into this folder, and would compile them at each start.
RUN /venv/bin/python -m compileall -q imagegen cogs hosting
# A number: a cluster that requires a non-root user cannot check a name.
USER 10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Jobs, quotas and input images are stored here: without a volume they are lost with the container.
VOLUME /home/wanvas/data
# Without the token and the key in its environment, and without the packages: every 30 s counts.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
    CMD ["sh", "-c", "exec env -i HEALTH_HOST=$HEALTH_HOST HEALTH_PORT=$HEALTH_PORT /venv/bin/python -IS hosting/health.py"]
# The bot stops cleanly on SIGTERM. The exec form makes the bot the process that gets the signal.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
