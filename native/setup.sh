#!/bin/bash
# Installs this action's own package into a venv below RUNNER_TEMP. Tells the venv's Python as the output `python`, and as
# `command` a folder that holds nothing but `gate-action`. GATE_LOCK: which requirements.
# The caller's Python, venv and packages stay as they are. A second step of the same job finds the venv ready.
set -euo pipefail
root=$(cd "$GITHUB_ACTION_PATH/.." && pwd)
locks=(requirements-build.lock "${GATE_LOCK:-requirements.lock}")

# What the caller set for its own pip must not send our packages elsewhere; an index or a proxy of its own still counts.
unset PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT PIP_REQUIREMENT PYTHONHOME PYTHONPATH

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3 python; do
        # A name may be on the PATH and still not run (a version manager's shim): only running it tells.
        if "$name" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "::error title=gate-action::No Python 3.11 or newer with venv is on the PATH. Add actions/setup-python before this step, or use the container action." >&2
    return 2
}

digest=$(cat "${locks[@]/#/$root/}" "$root/pyproject.toml" "$root/src/gate_action/__init__.py" | git hash-object --stdin)
venv=${RUNNER_TEMP:?}/gate-action-venv-$digest
if [ ! -e "$venv/ready" ]; then
    python=$(find_python)
    echo "::group::Setting up gate-action with $("$python" -I --version)"
    "$python" -I -m venv --clear "$venv"
    pip() { "$venv/bin/python" -I -m pip --disable-pip-version-check --no-input --quiet "$@"; }
    for lock in "${locks[@]}"; do
        pip install --require-hashes -r "$root/$lock"
    done
    pip install --no-deps --no-build-isolation "$root"
    mkdir "$venv/command"
    # -I: neither the workspace nor PYTHONPATH decides what it imports.
    printf '#!/bin/sh\nexec "%s" -I -m gate_action "$@"\n' "$venv/bin/python" >"$venv/command/gate-action"
    chmod +x "$venv/command/gate-action"
    touch "$venv/ready"
    echo "::endgroup::"
fi
{
    echo "python=$venv/bin/python"
    echo "command=$venv/command"
} >>"$GITHUB_OUTPUT"
