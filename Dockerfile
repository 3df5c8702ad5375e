# The container action. A release builds it with BASE pinned to a digest: docs/decisions/0005-image.md.
ARG BASE=python:3.12-slim-bookworm

# hadolint ignore=DL3006 # BASE carries the tag
FROM ${BASE} AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build

# Requirements change seldom, sources often: the big layer comes first.
COPY requirements-build.lock requirements.lock ./
RUN python3 -m venv /build/tools \
    && /build/tools/bin/pip install --quiet --require-hashes -r requirements-build.lock \
    && python3 -m venv --without-pip /opt/gate \
    && /build/tools/bin/pip --python /opt/gate/bin/python install --quiet --no-compile --require-hashes -r requirements.lock \
    # litellm brings its proxy's web pages, and numpy and scipy bring their tests: nothing loads them.
    && rm -rf /opt/gate/lib/python3*/site-packages/litellm/proxy/_experimental/out \
    && find /opt/gate/lib/python3*/site-packages/numpy /opt/gate/lib/python3*/site-packages/scipy \
        -name tests -type d -prune -exec rm -rf {} + \
    && { /opt/gate/bin/python -m compileall -qq -j 0 /opt/gate/lib > /dev/null || true; }

COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /build/tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . \
    && /build/tools/bin/pip --python /opt/gate/bin/python install --quiet --no-compile --no-deps --no-index dist/*.whl \
    && /opt/gate/bin/python -m compileall -q /opt/gate/lib/python3*/site-packages/gate_action \
    # So are the report's templates: nothing can be written beside them later.
    && /opt/gate/bin/python -I -c 'from gate_action.report.html import prepare_html; prepare_html()'

# hadolint ignore=DL3006 # BASE carries the tag
FROM ${BASE}
# git's version is the base's: a pinned one would vanish from the archive with the next fix.
# GitHub mounts a workspace that another user owns.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*'
COPY --from=builder /opt/gate /opt/gate
# What the workspace holds is never imported: -I keeps the working folder and PYTHON* off the path.
ENV PATH=/opt/gate/bin:${PATH} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENTRYPOINT ["/opt/gate/bin/python", "-I", "-m", "gate_action.action"]
