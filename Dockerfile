# Two stages: the first installs the packages; the second runs the bot, without pip's cache and without root.
# By digest, so that each build begins with the same files: `make pin-images` asks the registry for the newest ones.
ARG PYTHON=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON} AS build
COPY requirements-postgres.txt /
# Only wheels: a source package would run its own code, and would need a compiler.
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary=:all: -r /requirements-postgres.txt

FROM ${PYTHON}
RUN useradd --create-home --uid 10001 wanvas && mkdir /home/wanvas/data && chown wanvas /home/wanvas/data
COPY --from=build /venv /venv
WORKDIR /home/wanvas
COPY bot.py .
COPY imagegen imagegen
COPY cogs cogs
COPY hosting hosting
COPY locales locales
# Under umask 077, only their owner can read the files of a checkout.
# Compile the modules here: the user below cannot write into this folder, and would compile them at each start.
RUN chmod -R a+rX . && /venv/bin/python -m compileall -q imagegen cogs hosting
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
