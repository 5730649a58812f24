# syntax=docker/dockerfile:1
# The image of White Cross: one entry point, no compiler, no development packages, no secret.
# PYTHON_IMAGE may name a copy in a registry of your own, best with its digest.
ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/venv
RUN pip install --no-cache-dir "uv==${UV_VERSION}"
WORKDIR /opt/white-cross
# The packages first: they change less often than the program.
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --locked --no-dev --no-cache --python "$(command -v python3)"
COPY . .
RUN /opt/venv/bin/python -m compileall -q . \
    && /opt/venv/bin/python -m whitecross.serve static --verbosity 0

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="White Cross" \
      org.opencontainers.image.description="School-health records on Django and PostgreSQL" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Numbers that no account of the host is likely to have. The files belong to root: the program cannot change itself.
RUN groupadd --system --gid 10001 whitecross \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin whitecross \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/white-cross
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/white-cross /opt/white-cross
WORKDIR /opt/white-cross
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DEBUG=False \
    WEB_BIND=0.0.0.0:8000 \
    FILE_STORE=/var/lib/white-cross/files \
    WHITECROSS_VAR=/var/lib/white-cross
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s --retries=3 CMD ["python", "-m", "whitecross.serve", "healthy"]
ENTRYPOINT ["python", "-m", "whitecross.serve"]
CMD ["web"]
