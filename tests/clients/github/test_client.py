import pytest

from gate_action.clients.github.client import (
    ConflictError,
    ForbiddenError,
    GithubError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    Refusal,
    ServerError,
    TooLongError,
    UnauthorizedError,
    classify_refusal,
)

_PRIMARY = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"}
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def _classify(status: int, message: str = "", **headers: str) -> GithubError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify_refusal(Refusal(doing="do it", status=status, message=message, headers=named, now_s=1000.0))


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "Problems parsing JSON", GithubError),
        (401, "Bad credentials", UnauthorizedError),
        (403, "Resource not accessible by integration", ForbiddenError),
        (404, "Not Found", NotFoundError),
        (409, "Git Repository is empty.", ConflictError),
        (410, "Issues are disabled for this repo", GithubError),
        (413, "", TooLongError),
        (422, "No commit found for SHA: x", InvalidError),
        (422, "Validation Failed; Body is too long (maximum is 65536 characters)", TooLongError),
        (422, "Only 65535 characters are allowed; 70000 were supplied.", TooLongError),
        (500, "Server Error", ServerError),
        (502, "", ServerError),
        (503, "", ServerError),
    ],
)
def test_each_status_is_an_error_of_its_own(status: int, message: str, kind: type[GithubError]):
    error = _classify(status, message)
    assert type(error) is kind
    assert f"GitHub would not do it: {status} {message}".rstrip() == error.message


@pytest.mark.parametrize(
    ("status", "message", "headers", "wait_s"),
    [
        (403, "API rate limit exceeded for installation ID 1.", _PRIMARY, 61.0),
        (429, "", _PRIMARY, 61.0),
        (403, _SECONDARY, {"retry-after": "30"}, 30.0),
        (429, _SECONDARY, {"retry-after": "30"}, 30.0),
        (403, _SECONDARY, {"x-ratelimit-remaining": "12", "x-ratelimit-reset": "9999"}, None),
        (429, "Too Many Requests", {}, None),
        (429, "", {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (403, "API rate limit exceeded", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, 1.0),
    ],
)
def test_a_limit_is_no_lack_of_permission(status: int, message: str, headers: dict[str, str], wait_s: float | None):
    error = classify_refusal(Refusal(doing="do it", status=status, message=message, headers=headers, now_s=1000.0))
    assert isinstance(error, RateLimitedError)
    assert error.wait_s == wait_s


def test_a_missing_permission_is_named():
    error = _classify(403, "Resource not accessible by integration", x_accepted_github_permissions="checks=write")
    assert "`permissions:` checks: write" in str(error)


def test_a_very_long_answer_is_cut():
    assert len(_classify(500, "x" * 100_000).message) < 400
